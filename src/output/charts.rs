//! Versions of a chart that there are, for people.

use serde::Serialize;

use super::{Line, Role, Screen, Table};

/// A version of a chart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Version {
    /// The chart's own.
    pub chart_version: String,
    /// What it runs by default; empty where nobody knows.
    pub app_version: String,
}

/// The newest of them, as `helm search repo --versions` has them, and where they are known from.
pub fn screen(line: &str, versions: &[Version], origin: &str) -> Screen {
    let mut screen = Screen::new();
    if versions.is_empty() {
        screen.push(Line::from(format!("No chart for {line} in {origin}")));
        return screen;
    }
    screen.push(Line::new().with(Role::Strong, format!("Charts for {line}")).text(format!(", by {origin}")));
    let mut table = Table::new().indent(2);
    table.row(["CHART VERSION", "APP VERSION"]);
    for Version { chart_version, app_version } in versions {
        table.row([chart_version.as_str(), if app_version.is_empty() { "-" } else { app_version }]);
    }
    screen.extend(table.lines());
    screen
}

#[cfg(test)]
mod tests {
    use super::{Version, screen};
    use crate::output::Style;

    #[test]
    fn versions_stand_in_the_columns_of_helm() {
        let versions = [("5.0.22", ""), ("5.0.19", "2.6.15")]
            .map(|(chart, app)| Version { chart_version: chart.to_owned(), app_version: app.to_owned() });
        insta::assert_snapshot!(screen("2.6", &versions, "the tables of this program").render(Style::Plain, None), @"
        Charts for 2.6, by the tables of this program
          CHART VERSION   APP VERSION
          5.0.22          -
          5.0.19          2.6.15
        ");
        insta::assert_snapshot!(screen("2.6", &[], "milvus of http://h").render(Style::Plain, None), @"No chart for 2.6 in milvus of http://h");
    }
}
