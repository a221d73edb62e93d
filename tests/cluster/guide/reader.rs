//! Who types every command of a page, in a real shell, from its top to its end.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::sync::Mutex;

use tempfile::TempDir;

use crate::release::way::Chart;
use crate::testbed::namespace::Namespace;
use crate::testbed::run::Output;
use crate::testbed::sure;

/// A page of the project, and which of its lines have been typed.
pub(super) struct Page {
    name: &'static str,
    text: String,
    lines: Vec<Line>,
    typed: Mutex<BTreeSet<usize>>,
}

/// A line of a page that runs the program under test.
#[derive(Debug, PartialEq)]
struct Line {
    /// The title of the part that it stands in, without its number.
    part: String,
    script: String,
    /// How it ends, where the page says so: `[3]`.
    code: Option<i32>,
}

impl Page {
    /// Reads one, by its path from the top of the project.
    pub(super) fn open(name: &'static str) -> Self {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
        let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{name}: {error}"));
        let lines = lines(&text);
        Self { name, text, lines, typed: Mutex::default() }
    }

    /// The first block of code in a language, for example a file that the page shows.
    pub(super) fn block(&self, language: &str) -> &str {
        let start = format!("```{language}\n");
        let (_, rest) = self.text.split_once(&start).unwrap_or_else(|| panic!("{} shows no {language}", self.name));
        rest.split_once("```").map_or(rest, |(block, _)| block)
    }

    /// Types what stands in the part of this title, or, without one, in the whole page. What has to be there for a line
    /// is prepared right before it.
    pub(super) fn follow(&self, desk: &Desk, part: Option<&str>, mut prepare: impl FnMut(&str)) {
        for (number, line) in self.lines.iter().enumerate() {
            if part.is_some_and(|part| line.part != part) {
                continue;
            }
            prepare(&line.script);
            let output = desk.types(&line.script);
            let is_expected = match (line.code, output.code) {
                (Some(expected), Some(code)) => code == expected,
                // A check may find something wherever a page does not say what, and 10 is the answer to a question.
                (None, Some(3)) => line.script.contains("kubectl milvus check"),
                (None, Some(10)) => line.script.contains("--exit-code"),
                (None, Some(code)) => code == 0,
                (_, None) => false,
            };
            let Output { code, stdout, stderr, .. } = output;
            assert!(is_expected, "{}: {}\nends with {code:?}\n{stdout}\n{stderr}", self.name, line.script);
            self.typed.lock().expect("no thread has panicked").insert(number);
        }
    }

    /// Fails where a line of the page was not typed.
    pub(super) fn ends(self) {
        let typed = self.typed.into_inner().expect("no thread has panicked");
        let left: Vec<&Line> =
            self.lines.iter().enumerate().filter(|(number, _)| !typed.contains(number)).map(|(_, line)| line).collect();
        assert!(!typed.is_empty() && left.is_empty(), "{}: not typed: {left:#?}", self.name);
    }
}

/// A folder in which commands are typed: kubectl and the plugin are there, and the namespace is the context's.
pub(super) struct Desk<'a> {
    pub(super) vec: Namespace<'a>,
    folder: TempDir,
    /// Options that name the charts of the folder.
    charts: String,
    /// Words that a command has here instead of others: places that are not to be had.
    instead: Vec<(&'static str, String)>,
}

impl<'a> Desk<'a> {
    pub(super) fn new(vec: Namespace<'a>) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let programs = folder.path().join("programs");
        fs::create_dir(&programs).expect("it can be made");
        let own = [("kubectl", vec.testbed.tool("kubectl")), ("kubectl-milvus", vec.testbed.program.clone())];
        for (name, program) in own {
            symlink(program, programs.join(name)).expect("it can be linked");
        }
        fs::copy(vec.testbed.kubeconfig(), folder.path().join("kubeconfig")).expect("it can be copied");
        let desk = Self { vec, folder, charts: String::new(), instead: vec![] };
        let output = desk.types(&format!("kubectl config set-context --current --namespace {}", vec.name()));
        assert_eq!(output.code, Some(0), "{}", output.stderr);
        desk
    }

    /// Types other words instead of these.
    pub(super) fn with(mut self, words: &'static str, instead: &str) -> Self {
        self.instead.push((words, instead.to_owned()));
        self
    }

    /// Packs charts into the folder, and names them wherever a reader has them from their repository.
    pub(super) fn with_charts(mut self, charts: &[&Chart]) -> Self {
        for chart in charts {
            let arguments = ["package", &chart.path(), "--destination", &self.path("")];
            let output = self.vec.testbed.command_of("helm4", &arguments).run();
            assert_eq!(output.code, Some(0), "{}", output.stderr);
            let file = output.stdout.trim().rsplit('/').next().unwrap_or_default();
            self.charts += &["--chart ", file, " "].concat();
        }
        self
    }

    /// Puts a file into the folder.
    pub(super) fn file(&self, name: &str, text: &str) {
        let path = self.folder.path().join(name);
        let folder = path.parent().expect("it is in the folder");
        sure(fs::create_dir_all(folder).and_then(|()| fs::write(&path, text)).map_err(Into::into));
    }

    /// The path of a file in the folder.
    pub(super) fn path(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    /// Runs a line in a shell; what it asks is answered with yes.
    pub(super) fn types(&self, script: &str) -> Output {
        let mut script = self.with_what_is_missing(script);
        for (words, instead) in &self.instead {
            script = script.replace(words, instead);
        }
        let programs = self.path("programs");
        let invocation = self.vec.testbed.shell(&script).directory(self.folder.path());
        invocation.kubeconfig(&self.folder.path().join("kubeconfig")).path_first(&programs).run()
    }

    /// A line with the answer to what it asks, because nobody sits at a terminal here, and with charts.
    fn with_what_is_missing(&self, script: &str) -> String {
        let has = |words: &[&str]| words.iter().any(|word| script.contains(word));
        let asks = !has(&["--yes", "--dry-run", "--plan-out", "--follow", " -f "]);
        let fetches =
            has(&["release/"]) && !has(&["--chart ", "rollback"]) && (has(&["--chart-version"]) || !has(&[" -f "]));
        let answer = if asks { "--yes " } else { "" };
        let charts = if fetches { &self.charts } else { "" };
        let verbs = [("upgrade", answer, charts), ("migrate", answer, charts), ("rollback", answer, "")];
        // A check looks at the chart that is there, unless it is given another.
        let check = ("check", "", if has(&["--chart-version"]) { charts } else { "" });
        verbs.into_iter().chain([check]).fold(script.to_owned(), |script, (verb, answer, charts)| {
            let typed = format!("kubectl milvus {verb} ");
            script.replace(&typed, &format!("{typed}{answer}{charts}"))
        })
    }
}

/// The lines in blocks of code that run the program under test.
fn lines(page: &str) -> Vec<Line> {
    let (mut lines, mut part, mut language) = (vec![], String::new(), None);
    for line in page.replace("\\\n", " ").lines() {
        if let Some(fence) = line.trim_start().strip_prefix("```") {
            language = if language.is_some() { None } else { Some(fence.to_owned()) };
            continue;
        }
        if let (None, Some(title)) = (&language, line.strip_prefix("#")) {
            title
                .trim_start_matches(|letter: char| "#. ".contains(letter) || letter.is_ascii_digit())
                .clone_into(&mut part);
        }
        let typed = match language.as_deref() {
            Some("sh") => line,
            Some("text") => line.strip_prefix("$ ").unwrap_or_default(),
            _ => continue,
        };
        let (script, code) = match typed.trim_end().strip_suffix(']').and_then(|typed| typed.rsplit_once('[')) {
            Some((script, code)) => (script, code.parse().ok()),
            None => (typed, None),
        };
        if script.contains("kubectl milvus") && !script.starts_with('#') {
            lines.push(Line { part: part.clone(), script: script.trim().to_owned(), code });
        }
    }
    lines
}
