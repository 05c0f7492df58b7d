//! The process itself, by Prometheus's usual names.

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric as _};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::Registry;

#[derive(Debug)]
struct ProcessCollector;

pub(crate) fn register(registry: &mut Registry) {
    registry.register_collector(Box::new(ProcessCollector));
}

/// A look at this process.
struct Look {
    cpu_seconds: f64,
    start: f64,
    resident: u64,
    virtual_memory: u64,
    threads: i64,
    open_files: u64,
    most_files: u64,
}

impl Look {
    fn take() -> procfs::ProcResult<Self> {
        let myself = procfs::process::Process::myself()?;
        let stat = myself.stat()?;
        let ticks = procfs::ticks_per_second();
        let booted = procfs::boot_time_secs()?;
        let most_files = match myself.limits()?.max_open_files.soft_limit {
            procfs::process::LimitValue::Value(limit) => limit,
            procfs::process::LimitValue::Unlimited => u64::MAX,
        };
        Ok(Self {
            cpu_seconds: seconds(stat.utime + stat.stime, ticks),
            start: seconds(booted, 1) + seconds(stat.starttime, ticks),
            resident: stat.rss * procfs::page_size(),
            virtual_memory: stat.vsize,
            threads: stat.num_threads,
            open_files: myself.fd_count()? as u64,
            most_files,
        })
    }
}

#[expect(clippy::cast_precision_loss, reason = "seconds and ticks since boot are far below 2^52")]
fn seconds(ticks: u64, per_second: u64) -> f64 {
    ticks as f64 / per_second as f64
}

impl Collector for ProcessCollector {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), std::fmt::Error> {
        // Where /proc can't be read, there is nothing to show.
        let Ok(look) = Look::take() else {
            return Ok(());
        };
        let help = "CPU time used, in seconds";
        ConstCounter::new(look.cpu_seconds).encode(encoder.encode_descriptor(
            "process_cpu_seconds",
            help,
            None,
            MetricType::Counter,
        )?)?;
        let mut gauge = |name: &str, help: &str, value: f64| {
            ConstGauge::new(value).encode(encoder.encode_descriptor(name, help, None, MetricType::Gauge)?)
        };
        gauge("process_start_time_seconds", "Start of the process, in Unix seconds", look.start)?;
        gauge("process_resident_memory_bytes", "Resident memory, in bytes", seconds(look.resident, 1))?;
        gauge("process_virtual_memory_bytes", "Virtual memory, in bytes", seconds(look.virtual_memory, 1))?;
        gauge("process_threads", "Threads", seconds(look.threads.unsigned_abs(), 1))?;
        gauge("process_open_fds", "Open file descriptors", seconds(look.open_files, 1))?;
        gauge("process_max_fds", "Most file descriptors that may be open", seconds(look.most_files, 1))
    }
}
