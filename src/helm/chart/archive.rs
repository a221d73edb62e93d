//! The files of a packaged chart: a tar archive, compressed with gzip, unpacked in memory and never onto a disk.

use std::io::{Cursor, Read};

use flate2::bufread::MultiGzDecoder;
use jiff::Timestamp;
use tar::{Archive, Entry, EntryType};

use super::File;
use crate::helm::error::{Error, Result};

/// What a chart may hold in all, in bytes: Helm's limit of 100 MiB. Here it is for a chart with all charts packed in it,
/// so that archives in archives do not multiply.
pub const MAXIMUM_SIZE: u64 = 100 * 1024 * 1024;

/// How many files a chart may hold in all. Helm has no such limit; the largest public charts have some thousands.
pub const MAXIMUM_FILES: usize = 20_000;

/// What the headers of an archive may take besides the files, in bytes.
const HEADERS: u64 = 32 * 1024 * 1024;

/// What a chart may still hold, over all archives in it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Budget {
    bytes: u64,
    files: usize,
}

impl Default for Budget {
    fn default() -> Self {
        Self { bytes: MAXIMUM_SIZE, files: MAXIMUM_FILES }
    }
}

impl Budget {
    /// Takes one more file into account.
    pub(super) fn take(&mut self, size: u64) -> Result<()> {
        self.files = self.files.checked_sub(1).ok_or_else(|| {
            Error::new(format!("the chart holds more than {MAXIMUM_FILES} files, the most that is read"))
        })?;
        self.bytes = self.bytes.checked_sub(size).filter(|left| *left > 0).ok_or_else(too_large)?;
        Ok(())
    }
}

/// Unpacks the files of an archive; their paths are relative to the folder that every packaged chart has at its top.
pub(super) fn unpack(bytes: &[u8], budget: &mut Budget) -> Result<Vec<File>> {
    if !bytes.starts_with(&[0x1f, 0x8b]) {
        return Err(Error::new("this is no gzipped archive, which a packaged chart is"));
    }
    let (mut files, mut unpacked) = (vec![], vec![]);
    let limit = budget.bytes + HEADERS;
    MultiGzDecoder::new(bytes).take(limit).read_to_end(&mut unpacked).map_err(|error| unreadable(&error))?;
    // In memory there is nothing to read over: it skips from entry to entry.
    let mut archive = Archive::new(Cursor::new(unpacked.as_slice()));
    for entry in archive.entries_with_seek().map_err(|error| unreadable(&error))? {
        let entry = entry.map_err(|error| unreadable(&error))?;
        files.extend(read(entry, budget, &unpacked)?);
    }
    if files.is_empty() {
        return Err(Error::new("no files in chart archive"));
    }
    Ok(files)
}

/// One file; `None` for a folder and for headers that are no file.
fn read<R: Read>(mut entry: Entry<'_, R>, budget: &mut Budget, unpacked: &[u8]) -> Result<Option<File>> {
    let name = String::from_utf8(entry.path_bytes().into_owned())
        .map_err(|_| Error::new("chart contains illegally named files: a path is no UTF-8"))?;
    match entry.header().entry_type() {
        EntryType::Directory => return Ok(None),
        EntryType::XGlobalHeader | EntryType::XHeader => {
            budget.take(0)?;
            return Ok(None);
        }
        EntryType::Regular | EntryType::Continuous | EntryType::GNUSparse if name.ends_with('/') => return Ok(None),
        EntryType::Regular | EntryType::Continuous | EntryType::GNUSparse => {}
        _ => return Err(Error::new(format!("the chart's archive holds a link or device, which is refused: {name:?}"))),
    }
    let path = inner_path(&name)?;
    budget.take(entry.size())?;
    let data = if entry.header().entry_type() == EntryType::GNUSparse {
        // Its holes are not in the archive.
        let mut data = vec![];
        let size = entry.size();
        entry.by_ref().take(size).read_to_end(&mut data).map_err(|error| unreadable(&error))?;
        data.into()
    } else {
        content(&entry, unpacked).ok_or_else(|| unreadable(&"unexpected EOF"))?.into()
    };
    Ok(Some(File { name: path.into(), data, modified: modified(&mut entry) }))
}

/// When a file was last changed: to the second by its header, or more exactly where the archive has more to say of it.
fn modified<R: Read>(entry: &mut Entry<'_, R>) -> Option<Timestamp> {
    let extensions = entry.pax_extensions().ok().flatten();
    let times = extensions.into_iter().flatten().flatten().filter(|extension| extension.key_bytes() == b"mtime");
    let exact = times.filter_map(|extension| exact_time(extension.value().ok()?)).last();
    exact.or_else(|| Timestamp::from_second(entry.header().mtime().ok()?.try_into().ok()?).ok())
}

/// Seconds since 1970 with a fraction: `1732197845.25`.
fn exact_time(text: &str) -> Option<Timestamp> {
    let (seconds, fraction) = text.split_once('.').unwrap_or((text, ""));
    let nanoseconds = format!("{fraction:0<9}").get(..9)?.parse::<i32>().ok()?;
    Timestamp::new(seconds.parse().ok()?, if seconds.starts_with('-') { -nanoseconds } else { nanoseconds }).ok()
}

/// What a file holds, as it lies in the archive.
fn content<'a, R: Read>(entry: &Entry<'_, R>, unpacked: &'a [u8]) -> Option<&'a [u8]> {
    let start = usize::try_from(entry.raw_file_position()).ok()?;
    unpacked.get(start..start.checked_add(usize::try_from(entry.size()).ok()?)?)
}

/// The path below the archive's top folder; refused where it leads out of it.
fn inner_path(name: &str) -> Result<String> {
    // An archive from Windows has `\`.
    let delimiter = if name.contains('\\') { '\\' } else { '/' };
    let (top, inner) = name.split_once(delimiter).unwrap_or((name, ""));
    let inner = inner.replace(delimiter, "/");
    if inner.starts_with('/') {
        return Err(Error::new("chart illegally contains absolute paths"));
    }
    let path = clean(&inner);
    if path == "." {
        return Err(Error::new(format!("chart illegally contains content outside the base directory: {name:?}")));
    }
    if path.starts_with("..") {
        return Err(Error::new("chart illegally references parent directory"));
    }
    let drive = path.as_bytes();
    if drive.len() > 2 && drive[0].is_ascii_alphabetic() && &drive[1..3] == b":/" {
        return Err(Error::new("chart contains illegally named files"));
    }
    if top == "Chart.yaml" {
        return Err(Error::new("chart yaml not in base directory"));
    }
    Ok(path)
}

/// Go's `path.Clean` of a path that is not absolute.
fn clean(path: &str) -> String {
    let mut parts: Vec<&str> = vec![];
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    if parts.is_empty() { ".".to_owned() } else { parts.join("/") }
}

fn too_large() -> Error {
    Error::new(format!("decompressed chart is larger than the maximum size {MAXIMUM_SIZE}"))
}

fn unreadable(error: &impl std::fmt::Display) -> Error {
    Error::new(error.to_string()).during("unable to load chart archive")
}

#[cfg(test)]
pub(super) mod tests {
    use std::io::Read;

    use flate2::{Compression, read::GzEncoder};
    use proptest::prelude::*;
    use tar::{Builder, EntryType, Header};

    use super::{Budget, MAXIMUM_FILES, MAXIMUM_SIZE, unpack};

    fn header(name: &str, size: usize, kind: EntryType) -> Header {
        let mut header = Header::new_gnu();
        // Not `set_path`, which refuses what is to be refused here.
        header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_size(size as u64);
        header.set_entry_type(kind);
        header.set_mode(0o644);
        header.set_cksum();
        header
    }

    pub(in crate::helm) fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut packed = vec![];
        GzEncoder::new(bytes, Compression::fast()).read_to_end(&mut packed).unwrap();
        packed
    }

    pub(in crate::helm) fn packed(files: &[(&str, &[u8])]) -> Vec<u8> {
        let mut builder = Builder::new(vec![]);
        for (name, data) in files {
            builder.append(&header(name, data.len(), EntryType::Regular), *data).unwrap();
        }
        gzip(&builder.into_inner().unwrap())
    }

    fn refusal(bytes: &[u8]) -> String {
        unpack(bytes, &mut Budget::default()).unwrap_err().to_string()
    }

    #[test]
    fn files_are_read_from_below_the_top_folder() {
        let bytes = packed(&[("c/Chart.yaml", b"a"), ("c/templates/./x.yaml", b"b"), ("c/empty/", b"")]);
        let files = unpack(&bytes, &mut Budget::default()).unwrap();
        let paths: Vec<_> = files.iter().map(|file| (&*file.name, &*file.data)).collect();
        assert_eq!(paths, [("Chart.yaml", b"a".as_slice()), ("templates/x.yaml", b"b")]);
    }

    #[test]
    fn when_a_file_was_changed_is_told_by_its_header_or_by_an_extension() {
        let mut builder = Builder::new(vec![]);
        let mut header = header("c/a", 1, EntryType::Regular);
        header.set_mtime(1_732_197_845);
        header.set_cksum();
        builder.append(&header, b"x".as_slice()).unwrap();
        for time in ["1732197845.25", "-1.5", "soon"] {
            builder.append_pax_extensions([("mtime", time.as_bytes())]).unwrap();
            builder.append(&header, b"x".as_slice()).unwrap();
        }
        let files = unpack(&gzip(&builder.into_inner().unwrap()), &mut Budget::default()).unwrap();
        let times: Vec<_> = files.iter().map(|file| file.modified.unwrap().to_string()).collect();
        let second = "2024-11-21T14:04:05Z";
        assert_eq!(times, [second, "2024-11-21T14:04:05.25Z", "1969-12-31T23:59:58.5Z", second]);
    }

    #[test]
    fn paths_that_lead_out_are_refused() {
        for (name, expected) in [
            ("c//etc/passwd", "chart illegally contains absolute paths"),
            ("c", "chart illegally contains content outside the base directory: \"c\""),
            ("c/a/..", "chart illegally contains content outside the base directory: \"c/a/..\""),
            ("c/../../x", "chart illegally references parent directory"),
            ("c\\..\\x", "chart illegally references parent directory"),
            ("c/c:/x", "chart contains illegally named files"),
            ("Chart.yaml/x", "chart yaml not in base directory"),
        ] {
            assert_eq!(refusal(&packed(&[(name, b"x")])), expected);
        }
    }

    #[test]
    fn links_and_other_formats_are_refused() {
        let mut builder = Builder::new(vec![]);
        builder.append(&header("c/link", 0, EntryType::Symlink), [].as_slice()).unwrap();
        assert!(refusal(&gzip(&builder.into_inner().unwrap())).contains("link or device"));
        assert!(refusal(b"PK").contains("no gzipped archive"));
        assert!(refusal(&gzip(b"not tar, though long enough")).contains("unable to load chart archive"));
        assert_eq!(refusal(&gzip(&[0; 1024])), "no files in chart archive");
    }

    #[test]
    fn what_is_too_much_is_refused_before_it_is_read() {
        let mut claim = header("c/large", 0, EntryType::Regular);
        claim.set_size(MAXIMUM_SIZE + 1);
        claim.set_cksum();
        assert!(refusal(&gzip(claim.as_bytes())).contains("larger than the maximum size"));
        let mut budget = Budget::default();
        for _ in 0..MAXIMUM_FILES {
            budget.take(1).unwrap();
        }
        assert!(budget.take(1).unwrap_err().text().contains("files"));
    }

    proptest! {
        #[test]
        fn any_archive_gets_an_answer(bytes in proptest::collection::vec(any::<u8>(), 0..2_000), tar in any::<bool>()) {
            let bytes = if tar { gzip(&bytes) } else { [&[0x1f, 0x8b, 8, 0], bytes.as_slice()].concat() };
            let _ = unpack(&bytes, &mut Budget::default());
        }
    }
}
