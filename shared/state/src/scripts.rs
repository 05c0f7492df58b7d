//! The scripts, each made of its parts.

use advosync_queue::FENCE;
use advosync_queue::link::Script;

/// Every script, joined and hashed once.
#[derive(Debug)]
pub(crate) struct Scripts {
    pub(crate) save_mirror: Script,
    pub(crate) amend_mirror: Script,
    pub(crate) note_deletion: Script,
    pub(crate) remember_probes: Script,
    pub(crate) set_held: Script,
    pub(crate) release: Script,
    pub(crate) begin_entry: Script,
    pub(crate) settle_entry: Script,
    pub(crate) put_report: Script,
    pub(crate) put_record: Script,
    pub(crate) put_stamped: Script,
    pub(crate) remove_record: Script,
    pub(crate) finish_token: Script,
    pub(crate) unlock: Script,
    pub(crate) enter: Script,
    pub(crate) take_turn: Script,
    pub(crate) refuse_turn: Script,
}

const BASE: &str = include_str!("lua/base.lua");
const FENCE_IF: &str = include_str!("lua/fence_if.lua");
const PACE: &str = include_str!("lua/pace.lua");

impl Scripts {
    pub(crate) fn new() -> Self {
        let fenced = |main: &str| Script::new(&[FENCE, BASE, main]);
        let fenced_if = |main: &str| Script::new(&[FENCE_IF, BASE, main]);
        let open = |main: &str| Script::new(&[BASE, main]);
        let paced = |main: &str| Script::new(&[PACE, main]);
        Self {
            save_mirror: fenced(include_str!("lua/save_mirror.lua")),
            amend_mirror: fenced(include_str!("lua/amend_mirror.lua")),
            note_deletion: fenced(include_str!("lua/note_deletion.lua")),
            remember_probes: fenced(include_str!("lua/remember_probes.lua")),
            set_held: fenced(include_str!("lua/set_held.lua")),
            begin_entry: fenced(include_str!("lua/begin_entry.lua")),
            settle_entry: fenced(include_str!("lua/settle_entry.lua")),
            put_report: fenced(include_str!("lua/put_report.lua")),
            put_record: fenced_if(include_str!("lua/put_record.lua")),
            put_stamped: fenced_if(include_str!("lua/put_stamped.lua")),
            remove_record: fenced_if(include_str!("lua/remove_record.lua")),
            release: open(include_str!("lua/release.lua")),
            finish_token: open(include_str!("lua/finish_token.lua")),
            unlock: open(include_str!("lua/unlock.lua")),
            enter: open(include_str!("lua/enter.lua")),
            take_turn: paced(include_str!("lua/take_turn.lua")),
            refuse_turn: paced(include_str!("lua/refuse_turn.lua")),
        }
    }
}
