//! Writes the man pages into a folder, for those who package the program: `cargo run --example manual -- FOLDER`.
//!
//! Not a part of the program, which has its help in it already.

use std::{fs, io, path::PathBuf};

use clap::CommandFactory;
use kubectl_milvus::cli::Cli;

fn main() -> io::Result<()> {
    let folder = std::env::args_os().nth(1).map(PathBuf::from).ok_or_else(|| io::Error::other("name a folder"))?;
    fs::create_dir_all(&folder)?;
    clap_mangen::generate_to(Cli::command(), &folder)
}
