//! The scripts, each made of its parts.

use crate::link::Script;

/// Every script of the queue, joined and hashed once.
#[derive(Debug)]
pub(crate) struct Scripts {
    pub(crate) trigger: Script,
    pub(crate) fan_out: Script,
    pub(crate) claim: Script,
    pub(crate) finish: Script,
    pub(crate) renew: Script,
    pub(crate) recover: Script,
    pub(crate) leave: Script,
    pub(crate) progress: Script,
    pub(crate) dead: Script,
    pub(crate) fire: Script,
    pub(crate) lead: Script,
    pub(crate) housekeep: Script,
    pub(crate) doctor: Script,
}

pub(crate) const KEYS: &str = include_str!("lua/keys.lua");
pub(crate) const BASE: &str = include_str!("lua/base.lua");
const RUNS: &str = include_str!("lua/runs.lua");
const DEAD: &str = include_str!("lua/dead.lua");
const ENDS: &str = include_str!("lua/finish_runs.lua");
const ENQUEUE: &str = include_str!("lua/enqueue.lua");
const TRIGGER: &str = include_str!("lua/trigger.lua");

impl Scripts {
    pub(crate) fn new() -> Self {
        Self::edited(|main| main.to_owned())
    }

    /// The scripts with an edit of each one's own part; for proving that a planted bug is found.
    pub(crate) fn edited(edit: impl Fn(&str) -> String) -> Self {
        let with_trigger = |main: &str| Script::new(&[KEYS, BASE, RUNS, ENQUEUE, TRIGGER, main]);
        let with_ends = |main: &str| Script::new(&[KEYS, BASE, RUNS, DEAD, ENDS, &edit(main)]);
        Self {
            trigger: with_trigger(include_str!("lua/trigger_main.lua")),
            fan_out: with_trigger(include_str!("lua/fan_out_main.lua")),
            dead: with_trigger(include_str!("lua/dead_main.lua")),
            fire: with_trigger(include_str!("lua/fire.lua")),
            claim: with_ends(include_str!("lua/claim.lua")),
            finish: with_ends(include_str!("lua/finish.lua")),
            housekeep: with_ends(include_str!("lua/housekeep.lua")),
            renew: Script::new(&[KEYS, BASE, include_str!("lua/renew.lua")]),
            recover: Script::new(&[KEYS, BASE, include_str!("lua/recover.lua")]),
            leave: Script::new(&[KEYS, BASE, include_str!("lua/leave.lua")]),
            lead: Script::new(&[KEYS, BASE, include_str!("lua/lead.lua")]),
            doctor: Script::new(&[KEYS, BASE, include_str!("lua/doctor.lua")]),
            progress: Script::new(&[KEYS, BASE, RUNS, include_str!("lua/progress.lua")]),
        }
    }
}
