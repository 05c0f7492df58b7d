//! A small chart of what was done, minute by minute.

/// Width of a minute and of its bar, and height of the chart, in the drawing's own units.
const STEP: usize = 10;
const BAR: usize = 7;
const HEIGHT: u64 = 100;

/// One minute.
pub(crate) struct Bar {
    pub(crate) x: usize,
    pub(crate) y: u64,
    pub(crate) height: u64,
    pub(crate) count: u64,
}

/// The bars of the last hour.
pub(crate) struct Chart {
    pub(crate) bars: Vec<Bar>,
    pub(crate) width: usize,
    pub(crate) bar: usize,
    pub(crate) peak: u64,
    pub(crate) total: u64,
}

impl Chart {
    pub(crate) fn new(per_minute: &[u64]) -> Self {
        let peak = per_minute.iter().copied().max().unwrap_or(0);
        let bars = per_minute.iter().enumerate().map(|(minute, count)| {
            // Whatever happened is seen, however little it was.
            let height = if *count == 0 { 0 } else { (count * HEIGHT / peak.max(1)).max(2) };
            Bar { x: minute * STEP, y: HEIGHT - height, height, count: *count }
        });
        Self { bars: bars.collect(), width: per_minute.len() * STEP, bar: BAR, peak, total: per_minute.iter().sum() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_are_as_high_as_their_share_of_the_peak() {
        let chart = Chart::new(&[0, 1, 50, 100]);
        let heights: Vec<u64> = chart.bars.iter().map(|bar| bar.height).collect();
        assert_eq!((heights, chart.peak, chart.total, chart.width), (vec![0, 2, 50, 100], 100, 151, 40));
        assert_eq!(Chart::new(&[0, 0]).peak, 0);
    }
}
