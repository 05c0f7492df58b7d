# Rahmen
skip = Zum Inhalt
nav = Hauptmenü
nav-overview = Übersicht
nav-employees = Mitarbeiter
nav-runs = Läufe
nav-journal = Journal
nav-queue = Warteschlange
nav-drift = Abweichungen
other-language = English
sign-out = { $what } abmelden
metrics = Messwerte
crumbs = Sie sind hier
pages = Seiten
previous = Zurück
next = Weiter
older = Ältere
filter = Anzeigen
narrow = Eingrenzen
filter-kuerzel = Kürzel
filter-state = Stand
all-states = alle
all-of = alle ({ $count })
yes = ja
no = nein
never = noch nie
tile-last = zuletzt { $what }
tile-never = noch nie erfolgreich
since = seit
more-hidden = { $count ->
    [one] Ein weiterer Eintrag wird nicht gezeigt.
   *[other] { $count } weitere Einträge werden nicht gezeigt.
}
appointment = Termin
appointments = Termine
event = Ereignis in Google
calendar = Kalender
everybody = Alle
held = Zurückgehalten

# Anmelden
sign-in-title = Anmelden
sign-in-what = Mit einem Zugangsschlüssel aus API_TOKENS. Er bleibt auf diesem Gerät zwölf Stunden gültig.
sign-in-token = Zugangsschlüssel
sign-in = Anmelden
sign-in-wrong = Dieser Zugangsschlüssel ist nicht bekannt.
sign-in-foreign = Die Anmeldung kam von einer fremden Seite und wurde abgewiesen.
sign-in-too-often = Zu viele Versuche. Bitte warten Sie eine Minute.

# Meldungen nach einer Handlung
notice-run-asked = Der Lauf ist angefordert.
notice-run-joined = Es wartete bereits ein Lauf; er erledigt beides.
notice-released = Freigegeben. Dieser Lauf führt es aus.
notice-restored = Zurückgenommen: Was gelöscht war, kommt mit diesem Lauf wieder.
notice-nothing-restored = Davon lässt sich nichts wiederherstellen.
notice-nothing-held = Davon war nichts mehr zurückgehalten.
notice-requeued = Der Auftrag wird noch einmal versucht.
notice-dropped = Der Auftrag ist verworfen.
notice-signed-out = Sie sind abgemeldet.
notice-comparing = Der Vergleich läuft. Was er findet, erscheint hier nach und nach.
notice-compared = Beide Seiten sind verglichen.
notice-undone = Der Lauf wird rückgängig gemacht.

# Übersicht
overview-nobody = Advoware führt keine aktiven Mitarbeiter, die abgeglichen werden.
overview-new = { $all ->
    [one] Der Kalender wurde noch nie abgeglichen.
   *[other] Noch keiner der { $all } Kalender wurde abgeglichen.
}
overview-right = { $all ->
    [one] Der Kalender stimmt, zuletzt geprüft { $when }.
   *[other] Alle { $all } Kalender stimmen, zuletzt geprüft { $when }.
}
overview-running = { $all ->
    [one] Der Kalender wird gerade abgeglichen.
   *[other] Alle { $all } Kalender werden gerade abgeglichen.
}
overview-right-but = { $all ->
    [one] Der Kalender stimmt, doch etwas anderes braucht Sie.
   *[other] Alle { $all } Kalender stimmen, doch etwas anderes braucht Sie.
}
overview-some = { $count ->
    [0] { $right } von { $all } Kalendern stimmen.
    [one] { $right } von { $all } Kalendern stimmen, einer wird gerade abgeglichen.
   *[other] { $right } von { $all } Kalendern stimmen, { $count } werden gerade abgeglichen.
}
sync-all = Alle abgleichen
recent-runs = Letzte Läufe
tiles-heading = Jeder Kalender
tiles-more = { $count ->
    [one] und ein weiterer
   *[other] und { $count } weitere
}
left-out = Von CALENDAR_SYNC_DEBUG_EMPLOYEES ausgenommen: { $what }

# Was jetzt jemanden braucht
attention-heading = Was jetzt zu tun ist
attention-none = Nichts. Sobald etwas zu entscheiden oder zu beheben ist, steht es hier.
attention-hidden = { $count ->
    [one] und ein weiterer Punkt
   *[other] und { $count } weitere Punkte
}
step-look = Ansehen
step-decide = Entscheiden
step-again = Erneut versuchen
step-sync = Jetzt abgleichen
attention-no-worker-title = Kein Worker läuft
attention-no-worker-consequence = Aufträge warten, kein Kalender wird abgeglichen. Verloren geht nichts.
attention-no-worker-remedy = Starten Sie mindestens einen Worker; er nimmt die Arbeit sofort auf.
attention-no-scheduler-title = Kein Zeitplaner läuft
attention-no-scheduler-consequence = Nächtliche und laufende Prüfungen finden nicht statt. Läufe von Hand gehen weiter.
attention-no-scheduler-remedy = Starten Sie das Programm scheduler; was höchstens einen Tag versäumt ist, holt es nach.
attention-denied-google-title = Google muss neu verbunden werden
attention-denied-google-consequence = Google verweigert dem Dienstkonto den Zugriff. Betroffen: { $what } (seit { $when }).
attention-denied-google-remedy = Wer die Google-Verwaltung betreut, öffnet admin.google.com, dort „Sicherheit“, „API-Steuerung“, „Domainweite Delegierung“ und gibt der Client-ID des Dienstkontos den Bereich https://www.googleapis.com/auth/calendar. Danach hier erneut versuchen.
attention-denied-advoware-title = Advoware muss neu verbunden werden
attention-denied-advoware-consequence = Advoware weist die Anmeldung ab. Betroffen: { $what } (seit { $when }).
attention-denied-advoware-remedy = Wer Advoware betreut, prüft unter „Benutzerverwaltung“ Kennwort und Rolle des Benutzers, den ADVOWARE_USER nennt, sowie Anwendung und Schlüssel (ADVOWARE_APP_ID, ADVOWARE_API_KEY). Danach hier erneut versuchen.
attention-away-google-title = Google Calendar war nicht erreichbar
attention-away-google-consequence = { $count ->
    [one] Ein Auftrag wurde aufgegeben: { $what } (seit { $when }).
   *[other] { $count } Aufträge wurden aufgegeben, darunter { $what } (seit { $when }).
}
attention-away-google-remedy = Meist geht das vorbei. Ist google.com/appsstatus wieder grün, versuchen Sie es erneut.
attention-away-advoware-title = Advoware war nicht erreichbar
attention-away-advoware-consequence = { $count ->
    [one] Ein Auftrag wurde aufgegeben: { $what } (seit { $when }).
   *[other] { $count } Aufträge wurden aufgegeben, darunter { $what } (seit { $when }).
}
attention-away-advoware-remedy = Prüfen Sie, ob sich Advoware öffnen lässt und die Schnittstelle läuft. Danach erneut versuchen.
attention-outage-advoware-title = Advoware ist nicht erreichbar
attention-outage-advoware-consequence = { $count ->
    [one] Ein Lauf wartet seit { $when } darauf. Nichts ist gescheitert, kein Termin geht verloren.
   *[other] { $count } Läufe warten darauf, der erste seit { $when }. Nichts ist gescheitert, kein Termin geht verloren.
}
attention-outage-advoware-remedy = Es wird von selbst erneut versucht. Dauert es an: Prüfen Sie, ob sich Advoware öffnen lässt.
attention-outage-google-title = Google Calendar ist nicht erreichbar
attention-outage-google-consequence = { $count ->
    [one] Ein Lauf wartet seit { $when } darauf. Nichts ist gescheitert, kein Termin geht verloren.
   *[other] { $count } Läufe warten darauf, der erste seit { $when }. Nichts ist gescheitert, kein Termin geht verloren.
}
attention-outage-google-remedy = Es wird von selbst erneut versucht. Dauert es an: google.com/appsstatus nennt Störungen.
attention-garbage-title = Unlesbare Einträge in der Warteschlange
attention-garbage-consequence = { $count ->
    [one] Ein Eintrag konnte nicht gelesen werden. Kein Kalender ist betroffen.
   *[other] { $count } Einträge konnten nicht gelesen werden. Kein Kalender ist betroffen.
}
attention-garbage-remedy = Ein anderes Programm hat in die Warteschlange geschrieben. Verwerfen Sie die Einträge.
attention-deaths-title = Worker starben an einem Auftrag
attention-deaths-consequence = Der Zeitplan lässt diese Mitarbeiter aus: { $what } (seit { $when }).
attention-deaths-remedy = Sehen Sie ins Protokoll des Workers (Speicher?). Danach erneut versuchen; das hebt die Auslassung auf.
attention-dead-title = Aufträge wurden aufgegeben
attention-dead-consequence = { $count ->
    [one] Ein Auftrag kam nicht zum Ende: { $what } (seit { $when }).
   *[other] { $count } Aufträge kamen nicht zum Ende, darunter { $what } (seit { $when }).
}
attention-dead-remedy = Der Lauf nennt den Fehler. Ist seine Ursache behoben, versuchen Sie es erneut.
attention-held-title = { $what }: { $count ->
    [one] Eine Löschung wartet auf Sie
   *[other] { $count } Löschungen warten auf Sie
}
attention-held-consequence = Es sind mehr, als ohne Nachfrage geschehen darf. Alles andere ist abgeglichen.
attention-held-remedy = Sehen Sie nach, ob sie gewollt sind, und geben Sie sie frei. Solange nichts geschieht, bleibt alles stehen.
attention-partial-title = { $what }: { $count ->
    [one] Ein Termin lässt sich nicht abgleichen
   *[other] { $count } Termine lassen sich nicht abgleichen
}
attention-partial-consequence = Sie bleiben auf ihrer Seite, wie sie sind; alle anderen sind abgeglichen.
attention-partial-remedy = Der Bericht nennt Termin und Grund. Der nächste Lauf versucht es von selbst noch einmal.
attention-stale-title = { $what } wurde länger nicht geprüft
attention-stale-consequence = Zuletzt geprüft { $when }. Ob der Kalender noch stimmt, weiß niemand.
attention-stale-remedy = Ein Lauf von Hand zeigt, woran es liegt.
attention-skipped-title = { $what } wird ausgelassen
attention-skipped-consequence = Worker starben mehrmals an diesem Auftrag, darum lässt der Zeitplan ihn aus.
attention-skipped-remedy = Ein Lauf von Hand hebt die Auslassung auf.
attention-anew-title = Der Kalender von { $what } ist ein neuer
attention-anew-consequence = Der bisherige war in Google gelöscht. Die Termine sind vollständig, doch wer den alten Kalender eingebunden hatte, sieht sie nicht mehr.
attention-anew-remedy = Binden Sie den neuen Kalender in Google Calendar und auf dem Telefon ein. Dieser Hinweis verschwindet morgen.
attention-open-title = Der Kalender von { $what } ist öffentlich
attention-open-consequence = Jemand hat ihn in Google für alle freigegeben. Jeder kann seine Termine lesen.
attention-open-remedy = Öffnen Sie in Google Calendar die Einstellungen dieses Kalenders und nehmen Sie „Öffentlich freigeben“ zurück.

# Stand eines Kalenders
state-right = stimmt
state-running = läuft gerade
state-new = noch nie abgeglichen
state-stale = länger nicht geprüft
state-partial = nicht ganz
state-held = wartet auf Sie
state-failed = gescheitert
state-skipped = ausgelassen
employee-right = Der Kalender stimmt.
employee-running = Der Kalender wird gerade abgeglichen.
employee-new = Dieser Kalender wurde noch nie abgeglichen.
employee-stale = Ob der Kalender noch stimmt, weiß niemand: Er wurde länger nicht geprüft.
employee-partial = Der Kalender stimmt bis auf einzelne Termine.
employee-held = Der Kalender stimmt bis auf Löschungen, die auf Ihre Entscheidung warten.
employee-failed = Der letzte Lauf ist gescheitert.
employee-skipped = Der Zeitplan lässt diesen Kalender aus.
no-employees = Dazu gibt es niemanden.
last-success = Zuletzt erfolgreich
next-run = Nächster Lauf
last-checked = Zuletzt geprüft

# Der Weg
flow-heading = Der Weg der Aufträge
flow-schedule = Zeitplan
flow-schedule-more = nächster Lauf
flow-all = Alle
flow-all-more = offene Gesamtläufe
flow-waiting = Wartend
flow-waiting-more = niemand wartet
flow-oldest = längster: { $what }
flow-later = { $count ->
    [one] einer später
   *[other] { $count } später
}
flow-running = In Arbeit
flow-workers = { $count ->
    [0] kein Worker
    [one] ein Worker
   *[other] { $count } Worker
}
flow-done = Erledigt
flow-done-more = insgesamt
flow-dead = Aufgegeben
flow-dead-more = { $count ->
    [0] keiner
    [one] braucht Sie
   *[other] brauchen Sie
}

# Läufe
run = Lauf
runs-title = Läufe
no-runs = Kein Lauf.
all-runs = Alle Läufe
run-when = Angefordert
run-whose = Wer
run-status = Stand
run-origin = Anlass
run-written = Geschrieben
run-conflicts = Konflikte
run-errors = Fehler
run-took = Dauer
run-of = Lauf von { $what }
run-of-all = Lauf für alle
to-employee = Zum Kalender
run-queued = Angefordert
run-started = Begonnen
run-finished = Beendet
run-attempt = Versuch
run-trace = Ablaufspur
run-trace-open = Öffnen
run-error = Fehler
run-held = { $count ->
    [one] Eine Löschung wartet auf Sie
   *[other] { $count } Löschungen warten auf Sie
}
progress = Fortschritt
phase-waiting = Wartet auf einen Worker
phase-load = Liest beide Seiten
phase-plan = Vergleicht
phase-retry = Wartet auf den nächsten Versuch
phase-apply = Schreibt
took-load = Lesen
took-plan = Vergleichen
took-apply = Schreiben
phase-jobs = Mitarbeiter erledigt
counts-heading = Was der Lauf geschrieben hat
count-created = neu
count-updated = geändert
count-deleted = gelöscht
counts-rest = Unverändert: { $count }. Konflikte: { $done }. Fehler: { $total }.
jobs-heading = Die einzelnen Läufe
status-queued = wartet
status-running = läuft
status-succeeded = erfolgreich
status-partial = teilweise
status-held = zurückgehalten
status-failed = gescheitert
origin-person = von Hand
origin-push = Änderung in Google
origin-cron = Zeitplan
origin-poll = laufende Prüfung
origin-other = anderer Lauf
error-denied = Ein Zugang wird verweigert. Die Übersicht nennt, wer ihn erneuern kann und wo.
error-unavailable = Eines der beiden Systeme antwortete nicht. Es wird von selbst erneut versucht.
error-refused = Eine Anfrage wurde abgelehnt. Es wird von selbst erneut versucht.
error-quota = Das Kontingent war erschöpft. Es geht weiter, sobald es wieder reicht.
error-calendar-missing = Der Kalender fehlte in Google. Er wird neu angelegt und gefüllt.
error-token-expired = Google wollte eine vollständige Liste. Der nächste Versuch holt sie.
error-timeout = Der Lauf kam nicht voran und wurde abgebrochen. Er wird erneut versucht.
error-redis = Redis antwortete nicht. Es wird von selbst erneut versucht.
error-no-employees = Advoware nannte keine Mitarbeiter. Das gilt als Fehler, nie als Anlass zu löschen.

# Zurückgehaltenes
held-heading = { $count ->
    [one] Eine Löschung oder Neuanlage wartet auf Sie
   *[other] { $count } Löschungen oder Neuanlagen warten auf Sie
}
held-why = Es sind mehr, als ohne Nachfrage geschehen darf. Freigegeben wird genau, was hier steht, und nur, soweit es dann noch zutrifft.
held-released = { $count ->
    [one] Eine Freigabe wartet noch auf ihren Lauf.
   *[other] { $count } Freigaben warten noch auf ihren Lauf.
}
held-names = Bezeichnungen laden
held-pick = Auswählen
held-what = Was geschähe
held-name = Bezeichnung
held-since = Seit
release-picked = Ausgewählte freigeben
restore-picked = Ausgewählte wiederherstellen
release-all = { $count ->
    [one] Freigeben
   *[other] Alle { $count } freigeben
}

# Vorschau
plan-heading = Vorschau
plan-what = Was ein Lauf jetzt täte, Feld für Feld. Die Vorschau liest beide Seiten und schreibt nichts.
plan-look = Vorschau ansehen
plan-empty = { $count ->
    [one] Ein Lauf schriebe jetzt nichts: Der eine verbundene Termin ist auf beiden Seiten gleich.
   *[other] Ein Lauf schriebe jetzt nichts: Alle { $count } verbundenen Termine sind auf beiden Seiten gleich.
}
plan-count = { $count ->
    [one] Ein Lauf schriebe jetzt einmal.
   *[other] Ein Lauf schriebe jetzt { $count } Mal.
}
plan-unchanged = { $count ->
    [one] Ein Termin ist auf beiden Seiten gleich.
   *[other] { $count } Termine sind auf beiden Seiten gleich.
}
plan-changes = Was sich änderte
plan-held = { $count ->
    [one] Ein weiterer Schritt wartete auf Ihre Freigabe.
   *[other] { $count } weitere Schritte warteten auf Ihre Freigabe.
}
plan-no-texts = Inhalte sieht nur, wer mit der Rolle „content“ angemeldet ist.
every-daily = { $count ->
    [one] täglich
   *[other] alle { $count } Tage
}
every-weekly = { $count ->
    [one] wöchentlich
   *[other] alle { $count } Wochen
}
every-monthly = { $count ->
    [one] monatlich
   *[other] alle { $count } Monate
}
every-yearly = { $count ->
    [one] jährlich
   *[other] alle { $count } Jahre
}
every-until = { $what } bis { $when }

# Wörter
side-google = Google
side-advoware = Advoware
verb-create = anlegen
verb-update = ändern
verb-delete = löschen
field-time = Zeit
field-text = Betreff
field-notiz = Notiz
field-ort = Ort
field-private = privat
field-recurrence = Wiederholung
reason-new-in-advoware = neu in Advoware
reason-new-in-google = neu in Google
reason-changed = auf der anderen Seite geändert
reason-conflict = auf beiden Seiten verschieden geändert; die Regel entschied
reason-base-unknown = der letzte gemeinsame Stand ist nicht lesbar; die Regel entschied
reason-adopted = auf beiden Seiten gleich und darum verbunden
reason-claim-adopted = eine begonnene Neuanlage war schon geschehen
reason-gone-in-advoware = in Advoware gelöscht
reason-gone-in-google = in Google gelöscht
reason-change-beats-delete = gelöscht, aber hier seither geändert: Die Änderung gilt
reason-comes-back = fehlte ohne Beleg, wer es löschte: Es kommt zurück
reason-moved-in-advoware = in Advoware jemand anderem gegeben
reason-moved-in-google = in Google in einen anderen Kalender gezogen
reason-duplicate = ein anderes Ereignis steht schon für diesen Termin
reason-occurrence = ein Termin einer Serie, die Advoware so nicht kennt
reason-series-split = die Serie wurde in einzelne Termine aufgeteilt
reason-undone = der frühere Stand wurde wiederhergestellt

# Bericht
notes-heading = Was der letzte Lauf berichtet
run-notes-heading = Was dieser Lauf berichtet
notes-of = Bericht von
notes-none = Nichts.
note-unreadable-in-advoware = In Advoware nicht lesbar
note-unreadable-in-google = In Google nicht lesbar
note-failed = Konnte nicht geschrieben werden
note-conflict = Konflikt
note-came-back = Zurückgekommen
note-no-evidence = Verschwunden ohne Beleg
note-double-link = Doppelt verbunden
note-not-undone = Nicht zurückgenommen
note-unsupported-series = Serie nicht übertragbar
note-remedy-unreadable-in-advoware = Der Termin bleibt, wie er ist. Berichtigen Sie in Advoware Beginn und Ende; der nächste Lauf nimmt ihn mit.
note-remedy-unreadable-in-google = Das Ereignis bleibt, wie es ist. Berichtigen Sie in Google Beginn und Ende; der nächste Lauf nimmt es mit.
note-remedy-failed = Der nächste Lauf versucht es von selbst noch einmal.
note-remedy-conflict = Beide Seiten änderten dasselbe Feld verschieden. Es gilt die Seite, die CALENDAR_SYNC_CONFLICT nennt; auf der Seite des Kalenders können Sie die andere Fassung nehmen.
note-remedy-came-back = Es fehlte auf einer Seite, ohne dass belegt war, wer es gelöscht hat. Löschen Sie es noch einmal, wenn das gewollt war.
note-remedy-no-evidence = Es steht nicht mehr in der Liste, doch dass es gelöscht ist, ließ sich nicht belegen. Es bleibt darum stehen.
note-remedy-double-link = Zwei Ereignisse stehen für denselben Termin. Löschen Sie in Google das überzählige.
note-remedy-not-undone = Es bleibt, wie es ist. Der Grund steht dabei; ändern Sie es von Hand, wenn es nötig ist.
note-remedy-unsupported-series = Die Serie bleibt auf ihrer Seite. Vereinfachen Sie die Wiederholung, wenn sie auf beiden Seiten stehen soll.
fault-Shape = Aufbau nicht lesbar
fault-Id = ohne Nummer
fault-Start = Beginn fehlt oder ist kein Datum
fault-End = Ende ist kein Datum
fault-EndBeforeStart = Ende liegt vor dem Beginn
fault-Recurrence = Wiederholung ohne Termin
calendar-heading = Zum Kalender selbst
calendar-open-to-everybody = Jemand hat diesen Kalender in Google für alle freigegeben.
calendar-shared-with-others = Der Kalender ist noch für andere freigegeben, als die Einstellungen vorsehen. Sie behalten den Zugriff; prüfen Sie in Google „Für bestimmte Personen oder Gruppen freigeben“.
calendar-made-anew = Der Kalender war in Google gelöscht. Er wurde neu angelegt und gefüllt; wer den alten eingebunden hatte, bindet den neuen ein.
calendar-several-calendars-with-our-mark = Mehrere Kalender tragen dieses Kennzeichen. Benutzt wird der mit der kleinsten Kennung; löschen Sie die anderen.
calendar-another-deployments-calendar = Ein Kalender dieses Namens gehört einer anderen Installation und wurde nicht angerührt.
calendar-several-unmarked-calendars = Mehrere Kalender tragen diesen Namen; keiner wurde übernommen, ein neuer wurde angelegt.

# Einstellungen
settings-heading = Geltende Einstellungen
setting-window = Zeitraum
setting-window-value = { $count } Tage zurück, { $total } Tage voraus
setting-cron = Zeitplan
setting-poll = Laufende Prüfung
setting-every = alle { $what }
setting-off = aus
setting-conflict = Bei Konflikten gilt
setting-delete-conflict = Gelöscht und zugleich geändert
setting-keep = die Änderung gilt
setting-delete = die Löschung gilt
setting-max-deletes = Löschungen ohne Nachfrage
setting-anonymize = Google zeigt nur „Belegt“
setting-readers = Weitere Leser

# Journal
journal-title = Journal
journal-what = Jedes Schreiben der letzten 30 Tage: wann, wo, welche Felder und warum.
journal-no-contents = Inhalte werden ohne CALENDAR_SYNC_KEY nicht aufbewahrt, darum lässt sich nichts rückgängig machen.
journal-none = Kein Eintrag.
all-writes = Alle Einträge im Journal
search-appointment = Termin-Nr., Ereignis oder Lauf
search-why = Warum ist das so?
write-when = Wann
write-what = Was
write-fields = Felder
write-why = Warum
write-who = Anlass
write-unsure = ohne Antwort

# Ein Termin
story-heading = Wie es steht
story-writes = Was geschrieben wurde
story-no-writes = In den letzten 30 Tagen wurde nichts geschrieben.
story-found = Der Termin steht in Advoware bei { $what }.
story-unreadable = Der Termin steht in Advoware, ist aber nicht lesbar: { $what }.
story-gone = In Advoware gibt es diesen Termin nicht.
story-came-back = Er wurde wiederhergestellt und hat nun die Nummer { $what }.
story-unknown = Advoware antwortete nicht; was dort steht, ist unbekannt.
story-inside = Er liegt im abgeglichenen Zeitraum.
story-outside = Er liegt am { $what } und damit außerhalb des abgeglichenen Zeitraums.
story-left-out = { $what } wird nicht abgeglichen: nicht aktiv oder von CALENDAR_SYNC_DEBUG_EMPLOYEES ausgenommen.
story-event = In Google steht er als Ereignis { $what }.
story-event-linked = Das Ereignis steht im Kalender von { $what }.
story-event-unlinked = Das Ereignis steht im Kalender von { $what } und hat noch keinen Termin in Advoware; der nächste Lauf legt ihn an.
story-event-left-alone = Das Ereignis im Kalender von { $what } wird nicht angerührt: Es ist eine Einladung, ein Geburtstag oder ein Arbeitsort.
story-event-unreadable = Das Ereignis steht in Google, ist aber nicht lesbar: { $what }.
story-event-deleted = Das Ereignis wurde im Kalender von { $what } gelöscht.
story-event-unseen = In keinem unserer Kalender stand dieses Ereignis, als zuletzt nachgesehen wurde.
story-no-event = In Google steht er nach letztem Stand nicht.
story-held = Eine Löschung oder Neuanlage wartet auf eine Entscheidung.
story-checked = Zuletzt geprüft { $what }.

# Warteschlange
queue-urgent = Davon eilig
queue-parked = Hinter laufenden
queue-delayed = Später fällig
queue-oldest = Längste Wartezeit
queue-skipped = Ausgelassen
chart-heading = Erledigt in der letzten Stunde
chart-since = Gezählt seit { $what }.
chart-caption = { $total } Aufträge, höchstens { $count } in einer Minute.
workers-heading = Worker
workers-none = Kein Worker meldet sich.
worker-silent = meldet sich nicht
worker-slots = { $count } von { $total } Plätzen belegt
dead-heading = Aufgegebene Aufträge
dead-what = Sie werden nicht von selbst noch einmal versucht.
dead-none = Keiner.
dead-when = Aufgegeben
dead-why = Warum
dead-class = Fehler
dead-do = Handeln
dead-requeue = Erneut versuchen
dead-drop = Verwerfen
dead-requeue-class = Alle „{ $what }“ erneut versuchen ({ $count })
dead-drop-class = Alle „{ $what }“ verwerfen
dead-reason-errors = zu viele Fehler
dead-reason-deaths = Worker starben daran
dead-reason-final = hat so keinen Sinn
dead-reason-garbage = unlesbar
class-denied = Zugang verweigert
class-unavailable = nicht erreichbar
class-refused = abgelehnt
class-quota = Kontingent erschöpft
class-calendar-missing = Kalender fehlt
class-token-expired = Liste veraltet
class-redis = Redis
class-garbage = unlesbar
class-no-employees = keine Mitarbeiter
class-timeout = kein Fortschritt
class-panic = Programmfehler
class-lost = Worker gestorben

# Abweichungen
drift-what = Beide Seiten im Vergleich, ohne zu schreiben.
drift-none = Noch wurde nichts verglichen.
drift-sentence = { $count ->
    [0] Keiner von { $all } verglichenen Kalendern weicht ab.
    [one] Einer von { $all } verglichenen Kalendern weicht ab.
   *[other] { $count } von { $all } verglichenen Kalendern weichen ab.
}
drift-missing = Fehlt in Google
drift-extra = Fehlt in Advoware
drift-different = Verschieden
drift-when = Verglichen
drift-found = Ergebnis
drift-differs = weicht ab
drift-compare = Vergleichen
drift-compare-all = Alle vergleichen
drift-equal = gleich

# Störungen
failure-again = Noch einmal
failure-retries = Diese Seite versucht es von selbst alle zehn Sekunden.
failure-redis-unavailable = Redis ist nicht erreichbar
remedy-redis-unavailable = Ohne Redis läuft kein Abgleich, und der Stand ist unbekannt. Verloren geht nichts: Sobald Redis wieder da ist, geht alles von selbst weiter.
failure-advoware-unavailable = Advoware ist nicht erreichbar
remedy-advoware-unavailable = Prüfen Sie, ob sich Advoware öffnen lässt. Kein Termin wird deshalb gelöscht.
failure-google-unavailable = Google Calendar ist nicht erreichbar
remedy-google-unavailable = Meist geht das vorbei. Kein Termin wird deshalb gelöscht.
failure-reconnect-needed = Ein Zugang muss erneuert werden
remedy-reconnect-needed = Ein System weist unsere Anmeldung ab. Die Übersicht nennt, wer ihn erneuern kann und wo.
failure-timed-out = Es dauerte zu lange
remedy-timed-out = Redis, Advoware oder Google antwortete nicht rechtzeitig.
failure-not-found = Das gibt es nicht
remedy-not-found = Der Verweis ist falsch, oder der Eintrag ist älter als 30 Tage.
failure-unknown-employee = Niemand hat dieses Kürzel
remedy-unknown-employee = Advoware führt keinen aktiven Mitarbeiter mit diesem Kürzel. Groß- und Kleinschreibung zählen.
failure-employee-left-out = Dieses Kürzel ist ausgenommen
remedy-employee-left-out = CALENDAR_SYNC_DEBUG_EMPLOYEES nimmt es aus.
failure-forbidden = Dafür reicht die Rolle nicht
remedy-forbidden = Auslösen, Freigeben und Verwerfen darf, wer mit der Rolle „operator“ oder „content“ angemeldet ist.
failure-foreign-origin = Die Anfrage kam nicht von dieser Seite
remedy-foreign-origin = Laden Sie die Seite neu und versuchen Sie es noch einmal.
failure-bad-request = Die Anfrage ist nicht lesbar
remedy-bad-request = Laden Sie die Seite neu und versuchen Sie es noch einmal.
failure-conflict = So geht es gerade nicht
remedy-conflict = Der Grund steht darunter.
failure-internal = Da ging etwas schief
remedy-internal = Das ist unser Fehler. Das Protokoll der api sagt mehr.
failure-unauthenticated = Bitte melden Sie sich an
remedy-unauthenticated = Dafür braucht es einen Zugangsschlüssel.
failure-method-not-allowed = Das geht hier nicht
remedy-method-not-allowed = Diese Adresse kennt die Handlung nicht.
failure-too-large = Das ist zu viel auf einmal
remedy-too-large = Wählen Sie weniger aus.
failure-too-many-requests = Zu viele Anfragen
remedy-too-many-requests = Bitte warten Sie einen Augenblick.
failure-too-many-listeners = Zu viele offene Seiten
remedy-too-many-listeners = Schließen Sie einige Fenster.

# Rückgängig machen
undo-heading = Lauf rückgängig machen
undo-look = Rückgängig machen …
undo-what = Was dieser Lauf schrieb und seither niemand geändert hat, wird auf derselben Seite so hingestellt, wie es war. Derselbe Lauf trägt es danach auf die andere Seite. Bis Sie bestätigen, geschieht nichts.
undo-nothing = Dieser Lauf schrieb nichts, oder es ist länger als 30 Tage her.
undo-possible = { $count ->
    [0] Nichts davon lässt sich zurücknehmen.
    [one] Ein Eintrag lässt sich zurücknehmen.
   *[other] { $count } Einträge lassen sich zurücknehmen.
}
undo-deletions = { $count ->
    [one] Ein Termin, den der Lauf angelegt hat, wird wieder gelöscht, und danach auch auf der anderen Seite. Für viele Löschungen auf einmal gilt die Rückfrage wie immer.
   *[other] { $count } Termine, die der Lauf angelegt hat, werden wieder gelöscht, und danach auch auf der anderen Seite. Für viele Löschungen auf einmal gilt die Rückfrage wie immer.
}
undo-do = { $count ->
    [one] Diesen Eintrag zurücknehmen
   *[other] Diese { $count } Einträge zurücknehmen
}
undo-remark = Folge
undo-stays = bleibt
undo-verb-create = wieder anlegen
undo-verb-update = zurückändern
undo-verb-delete = wieder löschen
undo-carries-over-google = danach ebenso in Advoware
undo-carries-over-advoware = danach ebenso in Google
undo-deletes-too-google = danach auch in Advoware gelöscht
undo-deletes-too-advoware = danach auch in Google gelöscht
obstacle-changed-since = seither geändert, bleibt darum wie es ist
obstacle-gone-since = seither gelöscht
obstacle-no-contents = der frühere Stand wurde nicht aufbewahrt
obstacle-lives-on = der Termin steht anderswo noch

# Konflikte
conflicts-heading = Konflikte der letzten 30 Tage
conflicts-what = Beide Seiten änderten dasselbe Feld verschieden. Die Regel entschied; die andere Fassung können Sie noch nehmen.
conflict-look = Vergleichen
conflict-heading = Zwei Fassungen
conflict-what = Beide Seiten änderten dasselbe. Sie sehen, was gilt und was es ersetzte. Nehmen Sie die andere Fassung, so gilt sie danach auf beiden Seiten.
conflict-holds = Es gilt
conflict-other = Andere Fassung
conflict-take = Diese andere Fassung nehmen
