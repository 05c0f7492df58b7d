//! The command line.

use clap::{Args, Parser, Subcommand};
use clap_complete::Shell;

/// Keeps the appointments of a law firm's employees equal in Advoware and in Google Calendar.
///
/// Talks to the api where ADVOSYNC_URL is set, else to Redis and both systems itself.
///
/// Exit codes: 0 done · 1 failed · 2 bad configuration or command line · 3 not equal, held or partial.
#[derive(Debug, Parser)]
#[command(name = "advosync", version)]
pub struct Cli {
    /// JSON instead of text for people.
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What the tool can do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Shows the whole product at work on a simulated law firm; needs a redis-server and nothing else.
    Demo(DemoOptions),
    /// Checks Redis, Advoware, Google and each permission, and says how to mend what is wrong.
    Doctor,
    /// Shows what a synchronisation would do, and why, without doing it.
    Plan {
        /// The employee's Kürzel.
        kuerzel: String,
    },
    /// Synchronises one employee, or everybody with ALL, and follows the run to its end.
    Sync {
        /// The employee's Kürzel, or ALL.
        kuerzel: String,
        /// Only asks for it.
        #[arg(long)]
        no_wait: bool,
    },
    /// Shows the queue, the workers and each employee's last synchronisation.
    Status,
    /// Lists the workers, and what each has in hand.
    Workers,
    /// Lists, requeues and drops jobs that were given up.
    DeadLetters {
        /// What to do with them.
        #[command(subcommand)]
        action: DeadLetterAction,
    },
    /// Lets held deletions of an employee go, or brings back what was deleted, and follows the run that does so.
    Release {
        /// The employee's Kürzel.
        kuerzel: String,
        /// Only shows what is held.
        #[arg(long)]
        list: bool,
        /// They were not meant: what was deleted comes back instead.
        #[arg(long, conflicts_with = "list")]
        restore: bool,
        /// Only asks for it.
        #[arg(long)]
        no_wait: bool,
    },
    /// Shows which calendar is whose.
    Calendars,
    /// Shows who wrote what, and when.
    Journal {
        /// Only of this employee.
        #[arg(long)]
        kuerzel: Option<String>,
        /// Only of this run.
        #[arg(long)]
        run: Option<String>,
        /// Only of this appointment.
        #[arg(long)]
        frnr: Option<i64>,
        /// How many entries at most.
        #[arg(long, default_value_t = 50)]
        limit: usize,
    },
    /// Takes back what a run wrote, as far as nobody has changed it since, and follows it to the end.
    Undo {
        /// The run, as `journal` and `sync` name it; of an ALL, all of it.
        run_id: String,
        /// Only shows what would be done.
        #[arg(long)]
        dry_run: bool,
        /// Does not ask before appointments are deleted, on both sides.
        #[arg(long)]
        yes: bool,
        /// Only asks for it.
        #[arg(long)]
        no_wait: bool,
    },
    /// Compares both sides of one employee, or of everybody with ALL, without writing.
    Drift {
        /// The employee's Kürzel, or ALL.
        #[arg(default_value = "ALL")]
        kuerzel: String,
    },
    /// Tells why an appointment is in the calendar as it is, or is not.
    Explain {
        /// The employee's Kürzel.
        kuerzel: String,
        /// The appointment's number in Advoware, or the event's id in Google.
        what: String,
    },
    /// Looks after the queue.
    Queue {
        /// What to do with it.
        #[command(subcommand)]
        action: QueueAction,
    },
    /// Prints a completion script for a shell.
    Completions {
        /// Which shell.
        shell: Shell,
    },
}

/// What can be done with the queue.
#[derive(Debug, Subcommand)]
pub(crate) enum QueueAction {
    /// Looks whether Redis is fit for the queue and the queue in order, and says how to mend what is not.
    Doctor,
}

/// What can be done with dead letters.
#[derive(Debug, Subcommand)]
pub(crate) enum DeadLetterAction {
    /// Lists them, newest first.
    List(DeadLetterSelection),
    /// Shows one with all its attempts.
    Show {
        /// Its id.
        id: String,
    },
    /// Runs them again.
    Requeue {
        /// Its id; without it, all that match.
        id: Option<String>,
        #[command(flatten)]
        selection: DeadLetterSelection,
    },
    /// Forgets them.
    Drop {
        /// Its id; without it, all that match.
        id: Option<String>,
        #[command(flatten)]
        selection: DeadLetterSelection,
    },
}

/// Which dead letters.
#[derive(Debug, Clone, Args)]
pub(crate) struct DeadLetterSelection {
    /// Only of this employee.
    #[arg(long)]
    pub(crate) kuerzel: Option<String>,
    /// Only of this class of error.
    #[arg(long)]
    pub(crate) class: Option<String>,
    /// All of them, where no id is given.
    #[arg(long)]
    pub(crate) all: bool,
}

/// How the demonstration is run.
#[derive(Debug, Clone, Args)]
pub(crate) struct DemoOptions {
    /// Ends by itself; exit code 0 only if both sides are equal.
    #[arg(long)]
    pub(crate) exit: bool,
    /// Employees of the firm, at most 12.
    #[arg(long, default_value_t = 12)]
    pub(crate) employees: usize,
    /// Appointments of the firm.
    #[arg(long, default_value_t = 2_500)]
    pub(crate) appointments: usize,
    /// The seed of the firm: the same gives the same firm.
    #[arg(long, default_value_t = 7)]
    pub(crate) seed: u64,
    /// Workers.
    #[arg(long, default_value_t = 2)]
    pub(crate) workers: usize,
    /// Leaves out series with rules that Advoware cannot hold.
    #[arg(long)]
    pub(crate) easy_series: bool,
    /// Kills a worker with SIGKILL in the middle of the first synchronisation.
    #[arg(long)]
    pub(crate) kill_worker: bool,
}
