//! The queue beside its protocol's own limit and beside two other Redis queues: one table from one run on one
//! redis-server, first without and then with an append-only file. What is compared takes turns, and each figure is the
//! median of its rounds.

mod apalis;
mod contender;
mod lab;
mod left_over;
mod measure;
mod omni;
mod ours;
mod payload;
mod report;

use advosync_queue::Origin;
use clap::{Parser, Subcommand, ValueEnum};

use crate::apalis::{Apalis, Setup};
use crate::contender::{Contender, LEASE, Task};
use crate::lab::Lab;
use crate::measure::{Figures, idle, many, memory, take_over, throughput};
use crate::omni::{Omniqueue, Receive};
use crate::ours::{Bare, Ours};
use crate::report::{Phase, table};

/// Measures the queue beside a bare client, omniqueue and apalis-redis, and prints a table.
#[derive(Debug, Parser)]
#[command(version)]
struct Cli {
    /// Rounds; what is compared takes turns in each.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// Jobs that are drained in each; the slow get fewer.
    #[arg(long, default_value_t = 50_000)]
    jobs: usize,
    #[command(subcommand)]
    role: Option<Role>,
}

#[derive(Debug, Subcommand)]
enum Role {
    /// A worker that takes a job and is killed (started by the program itself).
    #[command(hide = true)]
    Victim {
        /// Whose worker.
        whose: Whose,
        /// Where Redis is.
        url: String,
    },
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Whose {
    Ours,
    Omniqueue,
    Apalis,
}

/// Slots that are tried, the fewest first.
const SLOTS: [usize; 3] = [8, 512, 1024];

/// All that is compared.
struct Cast {
    bare: Bare,
    slots: Vec<Ours>,
    records: Ours,
    person: Ours,
    omni_all: Omniqueue,
    omni_one: Omniqueue,
    apalis: Apalis,
    apalis_bare: Apalis,
}

impl Cast {
    async fn new(url: &str) -> anyhow::Result<Self> {
        Ok(Self {
            bare: Bare::new(url)?,
            slots: SLOTS.into_iter().map(|slots| Ours::new(url, slots, Origin::Poll)).collect::<Result<_, _>>()?,
            records: Ours::new(url, 512, Origin::Cron)?,
            person: Ours::new(url, 8, Origin::Person)?,
            omni_all: Omniqueue::new(url, Receive::All).await?,
            omni_one: Omniqueue::new(url, Receive::OneByOne).await?,
            apalis: Apalis::new(url, Setup::AsItComes).await?,
            apalis_bare: Apalis::new(url, Setup::WithoutLeases).await?,
        })
    }

    fn phase(&self, persistence: &'static str) -> Phase {
        Phase {
            persistence,
            bare: Figures::of(self.bare.name()),
            slots: self.slots.iter().map(|ours| Figures::of(ours.name())).collect(),
            ours: Figures::of(""),
            records: Figures::of(self.records.name()),
            omni_all: Figures::of(self.omni_all.name()),
            omni_one: Figures::of(self.omni_one.name()),
            apalis: Figures::of(self.apalis.name()),
            apalis_bare: Figures::of(self.apalis_bare.name()),
        }
    }

    async fn round(&self, lab: &Lab, jobs: usize, phase: &mut Phase) -> anyhow::Result<()> {
        throughput(lab, &self.bare, jobs, &mut phase.bare).await?;
        throughput(lab, &self.omni_all, jobs, &mut phase.omni_all).await?;
        for (ours, figures) in self.slots.iter().zip(&mut phase.slots) {
            let jobs = if ours.slots() < 100 { jobs * 2 / 5 } else { jobs };
            throughput(lab, ours, jobs, figures).await?;
        }
        throughput(lab, &self.apalis, jobs * 2 / 5, &mut phase.apalis).await?;
        throughput(lab, &self.apalis_bare, jobs * 2 / 5, &mut phase.apalis_bare).await?;
        throughput(lab, &self.records, jobs, &mut phase.records).await?;
        throughput(lab, &self.omni_one, jobs / 10, &mut phase.omni_one).await?;
        idle(lab, &self.person, &mut phase.ours).await?;
        idle(lab, &self.omni_all, &mut phase.omni_all).await?;
        idle(lab, &self.apalis, &mut phase.apalis).await?;
        idle(lab, &self.apalis_bare, &mut phase.apalis_bare).await?;
        many(lab, &self.slots[0], &mut phase.ours).await?;
        many(lab, &self.omni_all, &mut phase.omni_all).await?;
        many(lab, &self.apalis, &mut phase.apalis).await?;
        many(lab, &self.apalis_bare, &mut phase.apalis_bare).await?;
        lab.clear()?;
        let url = lab.url();
        tokio::try_join!(
            take_over(&url, &self.person, "ours", &mut phase.ours),
            take_over(&url, &self.omni_all, "omniqueue", &mut phase.omni_all),
            take_over(&url, &self.apalis, "apalis", &mut phase.apalis),
        )?;
        Ok(())
    }

    async fn memory(&self, lab: &Lab, phase: &mut Phase) -> anyhow::Result<()> {
        memory(lab, &self.slots[0], &mut phase.ours).await?;
        memory(lab, &self.records, &mut phase.records).await?;
        memory(lab, &self.omni_all, &mut phase.omni_all).await?;
        memory(lab, &self.apalis, &mut phase.apalis).await
    }
}

async fn be_victim(whose: Whose, url: &str) -> anyhow::Result<()> {
    let worker = match whose {
        Whose::Ours => Ours::new(url, 1, Origin::Person)?.work(Task::Hold).await?,
        Whose::Omniqueue => Omniqueue::new(url, Receive::All).await?.work(Task::Hold).await?,
        Whose::Apalis => Apalis::new(url, Setup::AsItComes).await?.work(Task::Hold).await?,
    };
    worker.task.await?
}

async fn compare(cli: &Cli) -> anyhow::Result<()> {
    let lab = Lab::start()?;
    let cast = Cast::new(&lab.url()).await?;
    let mut phases = Vec::new();
    for persistence in ["none", "everysec"] {
        let mut phase = cast.phase(persistence);
        if persistence == "everysec" {
            lab.clear()?;
            lab.append_only()?;
        }
        for round in 1..=cli.rounds {
            eprintln!("append-only file {persistence}: round {round} of {}", cli.rounds);
            cast.round(&lab, cli.jobs, &mut phase).await?;
        }
        cast.memory(&lab, &mut phase).await?;
        phases.push(phase);
    }
    println!("{}\n", table(&phases));
    let cores = std::thread::available_parallelism()?;
    println!(
        "{cores} cores, Redis {} on the loopback address, medians of {} rounds, leases of {} s.\n",
        lab.version()?,
        cli.rounds,
        LEASE.as_secs()
    );
    for target in phases.iter().flat_map(Phase::targets) {
        println!("{target}");
    }
    println!("\n{}", left_over::left_over(&lab).await?);
    Ok(())
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let cli = Cli::parse();
    match &cli.role {
        Some(Role::Victim { whose, url }) => be_victim(*whose, url).await,
        None => compare(&cli).await,
    }
}
