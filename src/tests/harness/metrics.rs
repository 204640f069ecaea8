//! Reads what a server counts, in Prometheus' text format.

/// Series by name and labels, such as `chat_resume_total{result="reset"}`.
pub struct Metrics(Vec<(String, f64)>);

impl Metrics {
    pub fn parse(text: &str) -> Self {
        let series = text.lines().filter(|line| !line.starts_with('#')).filter_map(|line| {
            let (name, value) = line.rsplit_once(' ')?;
            Some((name.to_owned(), value.parse().ok()?))
        });
        Self(series.collect())
    }

    /// The sum over all labels of a counter or gauge; 0 if it was never touched.
    pub fn sum(&self, name: &str) -> f64 {
        let fits = |series: &str| series == name || series.strip_prefix(name).is_some_and(|rest| rest.starts_with('{'));
        self.0.iter().filter(|(series, _)| fits(series)).map(|(_, value)| value).sum()
    }
}
