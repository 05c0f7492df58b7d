//! Words of a law firm's calendar.

pub(super) const COURTS: [&str; 14] = [
    "Amtsgericht Köln, Luxemburger Str. 101, Saal 112",
    "Landgericht Köln, Saal 204",
    "Oberlandesgericht Köln, Reichenspergerplatz 1, Saal 301",
    "Arbeitsgericht Köln, Sitzungssaal III",
    "Amtsgericht Brühl, Saal 15",
    "Landgericht Düsseldorf, Werdener Str. 1, Saal 2.116",
    "Amtsgericht Bergisch Gladbach, Saal 105",
    "Sozialgericht Köln, An den Dominikanern 2, Saal 7",
    "Verwaltungsgericht Köln, Appellhofplatz, Saal 160",
    "Landgericht Bonn, Wilhelmstr. 21, Saal 1.11",
    "Amtsgericht Gütersloh – Familiengericht – Saal 3",
    "Landesarbeitsgericht Düsseldorf, Saal 012",
    "Finanzgericht Münster, Warendorfer Str. 70",
    "Amtsgericht München, Pacellistr. 5, Zi. B 271",
];

pub(super) const CHAMBERS: [&str; 8] = ["C", "O", "F", "Ca", "S", "K", "U", "Ds"];

pub(super) const PARTIES: [&str; 24] = [
    "Müller",
    "Schröder Bau GmbH",
    "Yılmaz",
    "Großmann",
    "Stadtwerke Rheinaue",
    "Petersen",
    "Erbengemeinschaft Kürten",
    "Hoffmann & Söhne KG",
    "Nguyen",
    "Weiß",
    "Rhein-Immobilien AG",
    "Kowalski",
    "Dr. Lindner",
    "WEG Aachener Str. 12–16",
    "Bäckerei Krüger",
    "Schäfer",
    "D'Angelo",
    "Fitness-Park GmbH & Co. KG",
    "Öztürk",
    "Hausverwaltung Thiel",
    "Čerić",
    "Land NRW",
    "Autohaus Jürgens",
    "Pfeiffer",
];

pub(super) const SUBJECTS: [&str; 14] = [
    "Forderung",
    "Räumung",
    "Kündigungsschutz",
    "Scheidung",
    "Verkehrsunfall vom 12.03.",
    "Werklohn",
    "Unterhalt",
    "Mietminderung",
    "Markenverletzung",
    "Erbauseinandersetzung",
    "Arzthaftung",
    "Baumängel",
    "Bußgeld",
    "Gesellschafterstreit",
];

pub(super) const HEARINGS: [&str; 7] = [
    "Verhandlungstermin",
    "Gütetermin",
    "Haupttermin",
    "Beweisaufnahme",
    "Verkündungstermin",
    "Anhörung",
    "Ortstermin mit Sachverständigem",
];

pub(super) const DEADLINES: [&str; 9] = [
    "Berufungsfrist",
    "Berufungsbegründungsfrist",
    "Klageerwiderungsfrist",
    "Einspruchsfrist",
    "Stellungnahmefrist",
    "Widerspruchsfrist",
    "Vorfrist Klage",
    "Zahlungsfrist Gerichtskosten",
    "Notfrist Verteidigungsanzeige",
];

pub(super) const MEETINGS: [&str; 8] = [
    "Mandantengespräch",
    "Erstberatung",
    "Besprechung mit Gegenseite",
    "Telefonat",
    "Videokonferenz",
    "Vergleichsverhandlung",
    "Beurkundung",
    "Testamentsberatung",
];

pub(super) const OFFICE: [&str; 9] = [
    "Wiedervorlage",
    "Postausgang prüfen",
    "Rechnungslauf",
    "Fristenkontrolle",
    "Aktenablage",
    "Telefondienst",
    "Schulung beA",
    "Rücksprache Steuerbüro",
    "Bestellung Büromaterial",
];

pub(super) const PRIVATE: [&str; 6] =
    ["Zahnarzt", "Elternabend", "Handwerker zu Hause", "Geburtstagsfeier Mama 🎉", "Physiotherapie", "Autowerkstatt"];

pub(super) const ROOMS: [&str; 6] = [
    "Besprechungsraum 1",
    "Besprechungsraum 2",
    "Büro",
    "Kanzlei Köln, 3. OG",
    "beim Mandanten, Mülheimer Str. 8",
    "Videokonferenz",
];

pub(super) const NOTES: [&str; 10] = [
    "Akte mitnehmen!",
    "Mandant wird persönlich erscheinen.\r\nParkausweis liegt am Empfang.",
    "Vollmacht fehlt noch",
    "Zeugen: Herr Böttcher, Frau Şen\r\n\r\nDolmetscher ist geladen.",
    "Rückruf vorher erbeten: 0221 / 555-40",
    "Streitwert 12.500,00 €",
    "Unterlagen:\r\n- Mietvertrag\r\n- Kündigung v. 03.01.\r\n- Lichtbilder",
    "Vergleich bis 8.000 € denkbar & vom Mandanten freigegeben",
    "robe nicht vergessen 👩‍⚖️",
    "Az. der Gegenseite erfragen; Frist <= 2 Wochen",
];
