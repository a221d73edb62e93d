use std::fmt::Write;

use proptest::prelude::{ProptestConfig, proptest};

use super::{Versions, choose, cut, read, tag};
use crate::helm::yaml;

const INDEX: &str = "\
apiVersion: v1
entries:
  attu:
  - name: attu
    version: 0.1.0
  milvus:
  - apiVersion: v1
    appVersion: 2.5.20
    description: |
      text
      entries:
    digest: sha256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA
    name: milvus
    urls:
    - milvus-4.2.58.tgz
    - https://elsewhere/milvus-4.2.58.tgz
    version: 4.2.58
  - name: milvus
    version: 5.0.0-rc.1
  - name: milvus
    version: 5.0.19+b
    appVersion: 2.6.4
  - null
  - name: milvus
    version: not-a-version
  - version: 9.9.9
  - name: milvus
    version: 9.9.9
    keywords: 7
  - name: milvus
    version: 5.0.2
    dependencies:
    - {name: etcd, version: 1.0.0}
    - {name: etcd, version: 1.0.0}
generated: \"2025-11-20T00:00:00Z\"
";

fn versions(of: &Versions) -> Vec<&str> {
    of.entries.iter().map(super::Entry::version).collect()
}

#[test]
fn entries_come_newest_first_without_the_broken_ones() {
    let milvus = read(INDEX, "milvus").unwrap();
    assert_eq!(versions(&milvus), ["5.0.19+b", "5.0.2", "5.0.0-rc.1", "4.2.58"]);
    assert_eq!(milvus.skipped, 4);
    let oldest = &milvus.entries[3];
    assert_eq!(oldest.urls, ["milvus-4.2.58.tgz", "https://elsewhere/milvus-4.2.58.tgz"]);
    assert_eq!(oldest.sha256().unwrap(), "a".repeat(64));
    assert_eq!(oldest.metadata.app_version, "2.5.20");
    assert_eq!(milvus.entries[0].sha256(), None);
}

#[test]
fn the_version_is_chosen_as_helm_chooses_it() {
    let milvus = read(INDEX, "milvus").unwrap();
    for (wanted, expected, is_stand_in) in [
        ("", "5.0.19+b", false),
        ("5.0.19+b", "5.0.19+b", false),
        ("5.0.19", "5.0.19+b", true),
        ("5.0.0-rc.1", "5.0.0-rc.1", false),
        ("4", "4.2.58", true),
        ("~4.2.0", "4.2.58", false),
        ("<5", "4.2.58", false),
        (">=5.0.0-0 <5.0.1", "5.0.0-rc.1", false),
        ("5.x", "5.0.19+b", false),
        (" v5.0.2 ", "5.0.2", true),
    ] {
        let choice = choose(&milvus.entries, wanted).unwrap();
        assert_eq!((choice.entry.version(), choice.is_stand_in), (expected, is_stand_in), "{wanted}");
    }
    let message = |wanted: &str| choose(&milvus.entries, wanted).unwrap_err().to_string();
    assert_eq!(message("6"), "no version is `6`; the newest are `5.0.19+b`, `5.0.2`, `5.0.0-rc.1`, `4.2.58`");
    assert_eq!(message("newest"), "version `newest`: improper constraint: \"newest\"");
    let only = &milvus.entries[2..3];
    assert_eq!(choose(only, "").unwrap_err().to_string(), "it has prereleases only: `5.0.0-rc.1`");
    assert_eq!(choose(&[], "").unwrap_err().to_string(), "it has no versions");
}

#[test]
fn every_form_of_an_index_says_the_same() {
    let json = r#"{"apiVersion": "v1", "entries": {"a": [{"name": "a", "version": "1.0.0"}, {"name": "a", "version": "2.0.0"}]}}"#;
    let forms = [
        json,
        "apiVersion: v1\nentries:\n  a:\n  - name: a\n    version: 1.0.0\n  - name: a\n    version: 2.0.0\n",
        "entries:\n    \"a\":\n        - name: a\n          version: 1.0.0\n        - {name: a, version: 2.0.0}\napiVersion: v1",
        "apiVersion: v1\nentries:\n  b: &b\n  - name: a\n    version: 1.0.0\n  - name: a\n    version: 2.0.0\n  a: *b\n",
        "---\napiVersion: v1\n# a:\nentries: {a: [{name: a, version: 1.0.0}, {name: a, version: 2.0.0}]}\n",
        "apiVersion: v1\nentries:\n  a:\n  - name: a\n    version: 3.0.0\n  a:\n  - name: a\n    version: 1.0.0\n  - name: a\n    version: 2.0.0\n",
    ];
    for form in forms {
        assert_eq!(versions(&read(form, "a").unwrap()), ["2.0.0", "1.0.0"], "{form}");
        let error = read(form, "c").unwrap_err().to_string();
        assert!(error.starts_with("it has no chart `c`; it has "), "{form}: {error}");
    }
}

#[test]
fn what_is_no_index_is_refused() {
    for text in
        ["", "<html>\n<body>Log in: here</body>", "apiVersion: v1", "entries: {}", "entries:\n  a:\n  - {}\n", "- a"]
    {
        assert!(read(text, "a").is_err(), "{text}");
    }
    assert_eq!(
        read("apiVersion: v1\nentries: {}\n", "a").unwrap_err().to_string(),
        "it has no chart `a`; it has none at all"
    );
    assert_eq!(
        read("kind: List\nentries: []\n", "a").unwrap_err().to_string(),
        "it is no index of a chart repository: `apiVersion` and `entries` are wanted"
    );
}

#[test]
fn one_chart_is_cut_out_of_thousands() {
    let mut text = "apiVersion: v1\nentries:\n".to_owned();
    for chart in 0..2_000 {
        writeln!(text, "  chart-{chart}:").unwrap();
        for patch in 0..3 {
            writeln!(text, "  - apiVersion: v2\n    name: chart-{chart}\n    version: 1.0.{patch}").unwrap();
        }
    }
    let Some(cut::Cut::Found(part)) = cut::cut(&text, "chart-77") else { panic!("it is not cut") };
    assert_eq!(part.lines().count(), 9);
    assert_eq!(versions(&read(&text, "chart-1999").unwrap()), ["1.0.2", "1.0.1", "1.0.0"]);
    let error = read(&text, "chart").unwrap_err().to_string();
    assert!(error.ends_with("`chart-7` and 1992 more"), "{error}");
}

#[test]
fn tags_are_versions_and_stand_for_a_plus() {
    let tags: Vec<String> =
        ["latest", "1.0.0", "1.1.0_build.7", "2.0.0-rc.1", "v3.0.0", "1.2"].into_iter().map(str::to_owned).collect();
    assert_eq!(tag::versions(&tags), ["2.0.0-rc.1", "1.1.0+build.7", "1.0.0"]);
    for (wanted, expected) in [
        ("", "1.1.0_build.7"),
        ("1.1.0+build.7", "1.1.0_build.7"),
        ("1.1.0", "1.1.0_build.7"),
        ("~1.0.0", "1.0.0"),
        (">=2.0.0-0", "2.0.0-rc.1"),
        ("v3.0.0", "v3.0.0"),
        ("latest", "latest"),
        ("1.2", "1.2"),
    ] {
        assert_eq!(tag::choose(&tags, wanted).unwrap(), expected, "{wanted}");
    }
    let error = tag::choose(&tags, "4").unwrap_err().to_string();
    assert_eq!(error, "no version is `4`; the newest are `2.0.0-rc.1`, `1.1.0+build.7`, `1.0.0`");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn what_is_cut_out_is_what_the_whole_says(
        lines in proptest::collection::vec("(apiVersion: v1|entries:|  a:|  b:|    a:|  - |  -|    - |  - name: a|    version: 1.0.0|    a: \\|| a:|x: 1|# a:||  a: \\[\\]|\t|---)", 0..16),
    ) {
        let text = lines.join("\n");
        let Some(cut) = cut::cut(&text, "a") else { return Ok(()) };
        let Ok(whole) = yaml::read_map(&text) else { return Ok(()) };
        let whole = whole.get("entries").and_then(|entries| entries.as_map().and_then(|map| map.get("a")));
        if let cut::Cut::Found(part) = cut {
            let Ok(part) = yaml::read(part) else { return Ok(()) };
            let (part, whole) = (yaml::write(&part), yaml::write(&whole.unwrap_or_default()));
            assert_eq!(part, whole, "{text}");
        } else {
            assert!(whole.is_none(), "{text}");
        }
    }
}
