//! What fills most days: hearings, deadlines, meetings.

use chrono::{Datelike, NaiveDateTime, TimeDelta};

use super::{
    Dice,
    draft::{Draft, time},
    people::{Job, Person},
    texts,
};

const CLERKS: [&str; 4] = ["SB", "CH", "NL", "DK"];

/// One ordinary appointment.
pub(super) fn appointment(dice: &mut Dice, person: &Person) -> Draft {
    let kind = dice.number(0..100);
    let mut draft = match person.job {
        Job::Lawyer => match kind {
            0..28 => hearing(dice, person),
            28..55 => deadline(dice, person),
            55..88 => meeting(dice, person),
            88..94 => office(dice, person),
            _ => private(dice, person),
        },
        Job::Notary => match kind {
            0..25 => deadline(dice, person),
            25..90 => meeting(dice, person),
            _ => private(dice, person),
        },
        Job::Clerk => match kind {
            0..30 => deadline(dice, person),
            30..88 => office(dice, person),
            _ => private(dice, person),
        },
    };
    if person.job != Job::Clerk && !draft.private {
        draft.handler = dice.pick(&CLERKS);
    }
    draft
}

/// The parties of a matter, its subject and its number.
fn matter(dice: &mut Dice) -> (i64, String) {
    let number = dice.number(1_000..9_000);
    let claimant = dice.pick(&texts::PARTIES);
    let mut other = dice.pick(&texts::PARTIES);
    while other == claimant {
        other = dice.pick(&texts::PARTIES);
    }
    (number, format!("{claimant} ./. {other}"))
}

fn file_number(dice: &mut Dice) -> String {
    let chamber = dice.number(1..60);
    let register = dice.pick(&texts::CHAMBERS);
    let (serial, year) = (dice.number(1..950), dice.today.year() % 100);
    format!("{chamber} {register} {serial}/{year:02}")
}

fn office_hours(dice: &mut Dice) -> NaiveDateTime {
    let (hour, quarter) = (dice.number(8..18), dice.number(0..4));
    let minute = u32::try_from(quarter * 15).unwrap_or(0);
    let hour = u32::try_from(hour).unwrap_or(9);
    dice.working_day().and_time(time(hour, minute))
}

fn length(dice: &mut Dice) -> TimeDelta {
    TimeDelta::minutes(dice.pick(&[15, 30, 30, 45, 60, 60, 90, 120]))
}

fn maybe_note(dice: &mut Dice, draft: Draft) -> Draft {
    if dice.chance(0.45) {
        let note = dice.pick(&texts::NOTES);
        draft.note(note)
    } else {
        draft
    }
}

fn hearing(dice: &mut Dice, person: &Person) -> Draft {
    let (number, parties) = matter(dice);
    let what = dice.pick(&texts::HEARINGS);
    let subject = dice.pick(&texts::SUBJECTS);
    let file = file_number(dice);
    let (start, length) = (office_hours(dice), length(dice));
    let text = format!("{what} {parties} wg. {subject}, Az. {file}");
    let court = dice.pick(&texts::COURTS);
    let mut draft = Draft::timed(person.kuerzel, text, start, length).place(court);
    draft.matter = Some((number, parties));
    draft.needs_journey = true;
    maybe_note(dice, draft)
}

fn deadline(dice: &mut Dice, person: &Person) -> Draft {
    let (number, parties) = matter(dice);
    let what = dice.pick(&texts::DEADLINES);
    let day = dice.working_day();
    let mut draft = Draft::all_day(person.kuerzel, format!("{what}: {parties}"), day, day);
    draft.matter = Some((number, parties));
    maybe_note(dice, draft)
}

fn meeting(dice: &mut Dice, person: &Person) -> Draft {
    let (number, parties) = matter(dice);
    let what = dice.pick(&texts::MEETINGS);
    let guest = dice.pick(&texts::PARTIES);
    let (start, length) = (office_hours(dice), length(dice));
    let mut draft = Draft::timed(person.kuerzel, format!("{what} {guest}"), start, length);
    if dice.chance(0.7) {
        let room = dice.pick(&texts::ROOMS);
        draft = draft.place(room);
    }
    if dice.chance(0.6) {
        draft.matter = Some((number, parties));
    }
    maybe_note(dice, draft)
}

fn office(dice: &mut Dice, person: &Person) -> Draft {
    let what = dice.pick(&texts::OFFICE);
    let (start, length) = (office_hours(dice), length(dice));
    let draft = Draft::timed(person.kuerzel, what, start, length);
    maybe_note(dice, draft)
}

fn private(dice: &mut Dice, person: &Person) -> Draft {
    let what = dice.pick(&texts::PRIVATE);
    let (start, length) = (office_hours(dice), length(dice));
    Draft::timed(person.kuerzel, what, start, length).private()
}
