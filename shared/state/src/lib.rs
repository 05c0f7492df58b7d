//! What the fleet remembers in Redis beside its queue.
//!
//! All keys lie under the queue's prefix and hash tag. `<k>` is an employee's Kürzel. None of it holds a
//! text of an appointment in clear.
//!
//! | key | what | lost, it costs |
//! |---|---|---|
//! | `mirror:<k>` | hash: event id → item; `#made` → token and key | a full list |
//! | `deletions:<side>:<k>` | sorted set of the last day's deletions | the guard counts anew |
//! | `held`, `held:<k>`, `released:<k>` | what waits for a person, and what a person has let go | the next run holds it anew |
//! | `probes` | list of numbers that exist | nothing |
//! | `journal`, `journal:*` | entries (hashes) and their indexes (sorted sets), 30 days | what can be undone |
//! | `reports`, `report:<run>` | last report per employee; reports by run, 30 days | the page shows none |
//! | `drift-night:<day>` | whether that night's comparison was begun | it is made again |
//! | `drift`, `calendars`, `employees`, `channels` | records by employee | they are found out anew |
//! | `undo:<k>`, `restore:<k>` | hashes: what a person wants taken back, until that is done | a person asks anew |
//! | `notices`, `notices:turn` | what people were told, by channel; who looks now | they are told once more |
//! | `calendar-lock:<k>` | lock while a calendar is made | nothing |
//! | `advoware:token`, `advoware:token:lock` | the shared token, sealed | a log-in |
//! | `advoware:places`, `…:asking`, `…:alive` | who asks Advoware now, who waits | the limit, for one request's time |
//! | `quota:user:<hash>`, `quota:project`, `quota:lane:<kind>` | the pace towards Google | the pace, for a minute |
mod calendars;
mod channels;
mod concurrency;
mod context;
mod employees;
mod failure;
mod held;
mod journal;
mod locks;
mod look_store;
mod memory;
mod notices;
mod quota;
mod records;
mod reports;
mod run_store;
mod scripts;
mod seal;
mod token;
mod undo_requests;
mod waker;

pub use calendars::{CalendarLock, CalendarRecord, Calendars};
pub use channels::{ChannelRecord, Channels};
pub use concurrency::FleetConcurrency;
pub use context::State;
pub use employees::{EmployeeList, EmployeeLists};
pub use failure::failure;
pub use held::{Held, HeldSince, ReleasedBy};
pub use journal::{Contents, ContentsError, Filter, Journal, JournalEntry, JournalKeys, JournalPage};
pub use look_store::LookStore;
pub use notices::{NoticeRecord, NoticeStore};
pub use quota::{FleetQuota, QuotaLimits};
pub use reports::{Drift, Reports, StoredReport};
pub use run_store::{RunStore, Who};
pub use seal::SealKey;
pub use token::FleetToken;
pub use undo_requests::{RestoreRequest, UndoRequest, UndoRequests};
pub use waker::{NoWaker, Waker};
