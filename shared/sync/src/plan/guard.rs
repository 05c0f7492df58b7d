//! The mass-deletion guard, and its mirror image: what a person has to agree to first.

use super::draft::Draft;
use super::pairs::deletes_on;
use super::{HeldItem, HeldOperation, Operation, Plan, SeriesOperation};
use crate::mirror::Item;
use crate::ports::Side;

/// Creations on both sides above which two strangers' calendars are suspected.
const MAX_MUTUAL_CREATIONS: usize = 20;

/// Takes out of the plan what must wait for a person.
pub(super) fn hold(draft: Draft<'_>) -> Plan {
    let Draft { situation, mut plan, .. } = draft;
    let linked = situation.linked_before.unwrap_or(plan.linked);
    let is_released = |item: &HeldItem| situation.released.contains(item);
    let count =
        |side| plan.operations.iter().filter_map(as_deletion).filter(|item| item.side == side && !is_released(item)).count();
    let (advoware, google) = (count(Side::Advoware), count(Side::Google));
    let too_many = |now: usize, before: usize| {
        let n = now + before;
        now > 0 && (n > situation.policy.max_deletes || n >= 5 && n * 10 > linked * 3)
    };
    let hold_deletions = too_many(advoware, situation.recent_deletions.0) || too_many(google, situation.recent_deletions.1);
    let hold_creations = strangers(&plan, situation);
    let mut held = Vec::new();
    plan.operations.retain(|operation| {
        let item =
            as_deletion(operation).filter(|_| hold_deletions).or_else(|| as_creation(operation).filter(|_| hold_creations));
        match item {
            Some(item) if !is_released(&item) => {
                held.push(item);
                false
            }
            _ => true,
        }
    });
    plan.held = held;
    plan
}

/// Whether both sides are filled, and most of each is unknown to the other.
fn strangers(plan: &Plan, situation: &super::Situation<'_>) -> bool {
    let creations = |side| {
        plan.operations
            .iter()
            .filter_map(as_creation)
            .filter(|item| item.side == side && !situation.released.contains(item))
            .count()
    };
    let alive = situation.google.values().filter(|item| matches!(item, Item::Live(seen) if !seen.foreign)).count();
    let many = |created: usize, there: usize| created > MAX_MUTUAL_CREATIONS && created * 10 > there * 3;
    many(creations(Side::Advoware), situation.advoware.len()) && many(creations(Side::Google), alive)
}

fn as_deletion(operation: &Operation) -> Option<HeldItem> {
    let (side, frnr, event_id) = deletes_on(operation)?;
    Some(HeldItem { side, operation: HeldOperation::Delete, frnr, event_id: Some(event_id.to_owned()) })
}

fn as_creation(operation: &Operation) -> Option<HeldItem> {
    let (side, frnr, event_id) = match operation {
        Operation::CreateEvent { frnr, .. } => (Side::Google, Some(*frnr), None),
        Operation::CreateTermin { event_id, replaces: None, .. } => (Side::Advoware, None, Some(event_id.clone())),
        Operation::Series(SeriesOperation::Tend(tend)) if !tend.create.is_empty() => {
            (Side::Advoware, None, Some(tend.event_id.clone()))
        }
        _ => return None,
    };
    Some(HeldItem { side, operation: HeldOperation::Create, frnr, event_id })
}
