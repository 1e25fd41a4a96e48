//! The plot: bars on a logarithmic scale, in colours that follow the reader's light or dark mode.

use std::fmt::Write;

use crate::report::{self, Report};
use crate::rounds::median;

const WIDTH: usize = 980;
const COLUMN: usize = WIDTH / 2;
const NAMES: usize = 205;
const BAR: usize = 215;
const ROW: usize = 18;
const TOP: usize = 56;

/// The scale: a bar begins at 10 ns and ends at 30 µs.
const FROM: f64 = 10.0;
const TO: f64 = 30_000.0;

fn at(nanoseconds: f64) -> f64 {
    BAR as f64 * (nanoseconds.clamp(FROM, TO) / FROM).ln() / (TO / FROM).ln()
}

/// One heading and its bars.
struct Block {
    head: String,
    bars: Vec<(String, f64)>,
}

pub fn draw(report: &Report) -> String {
    let mut columns = [Vec::new(), Vec::new()];
    for group in &report.groups {
        let one = group.flows == 1;
        let flows = if one { "one flow".into() } else { format!("{} flows", group.flows) };
        let bars = group.rows.iter().map(|(name, times)| (name.to_string(), median(&times.both)));
        let mut bars: Vec<_> = bars.collect();
        bars.sort_by(|a, b| a.1.total_cmp(&b.1));
        columns[usize::from(!one)].push(Block { head: format!("{} bytes, {flows}", group.size), bars });
    }
    for flows in [1, 1000] {
        let rows = report.python.iter().filter(|row| row.flows == flows);
        let bars: Vec<_> = rows.map(|row| (row.name.clone(), row.both)).collect();
        if !bars.is_empty() {
            columns[1].push(Block { head: report::python_head(flows), bars });
        }
    }
    let high = |blocks: &[Block]| blocks.iter().map(|block| (block.bars.len() + 2) * ROW).sum::<usize>();
    let height = TOP + columns.iter().map(|blocks| high(blocks)).max().unwrap_or(0);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" \
         height=\"{height}\" font-family=\"system-ui, sans-serif\" font-size=\"12\">\n<style>{STYLE}</style>\n\
         <rect class=\"ground\" width=\"100%\" height=\"100%\"/>\n\
         <text x=\"12\" y=\"22\" class=\"title\">Send and receive a datagram on loopback: nanoseconds, logarithmic, \
         less is better</text>\n"
    );
    for (index, blocks) in columns.iter().enumerate() {
        let left = index * COLUMN;
        let mut y = TOP;
        for block in blocks {
            let _ = writeln!(svg, "<text x=\"{}\" y=\"{y}\" class=\"head\">{}</text>", left + 12, block.head);
            y += 6;
            let bottom = y + block.bars.len() * ROW;
            for power in [10.0, 100.0, 1_000.0, 10_000.0] {
                let x = (left + NAMES) as f64 + at(power);
                let _ = writeln!(svg, "<path class=\"grid\" d=\"M{x:.1} {y}V{bottom}\"/>");
            }
            for (name, value) in &block.bars {
                bar(&mut svg, left, y, name, *value);
                y += ROW;
            }
            y += 2 * ROW - 6;
        }
    }
    svg + "</svg>\n"
}

fn bar(svg: &mut String, left: usize, y: usize, name: &str, value: f64) {
    let class = if name.starts_with("libudp") { "own" } else { "other" };
    let (text, x, wide) = (y + ROW - 5, left + NAMES, at(value));
    let _ = writeln!(
        svg,
        "<text x=\"{}\" y=\"{text}\" text-anchor=\"end\">{name}</text><rect class=\"{class}\" x=\"{x}\" y=\"{}\" \
         width=\"{wide:.1}\" height=\"{}\" rx=\"2\"/><text x=\"{:.1}\" y=\"{text}\" class=\"number\">{value:.0}</text>",
        x - 8,
        y + 3,
        ROW - 5,
        x as f64 + wide + 5.0,
    );
}

const STYLE: &str = "text{fill:#1f2328}.title{font-size:15px;font-weight:600}.head{font-weight:600}\
    .number{font-variant-numeric:tabular-nums}.ground{fill:#fff}.own{fill:#0a6cbd}.other{fill:#a5aeb8}\
    .grid{stroke:#d8dee4;stroke-width:1;fill:none}@media(prefers-color-scheme:dark){text{fill:#e6edf3}\
    .ground{fill:#0d1117}.own{fill:#4aa8f0}.other{fill:#57606a}.grid{stroke:#30363d}}";
