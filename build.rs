//! Links a release for Linux without what nothing in it reads: a tenth of the program.

#![expect(clippy::disallowed_methods, reason = "that is how a build script is told what is built")]

use std::{env, error::Error, fs, path::Path};

/// A release aborts where a panic would unwind (`[profile.release]`), and it is stripped, so that no backtrace has names.
const WITHOUT_UNWINDING: &str = "\
SECTIONS { /DISCARD/ : { *(.eh_frame .eh_frame.* .gcc_except_table .gcc_except_table.*) } }
INSERT AFTER .text;
";

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    // Whoever links in a way of their own may do so with a linker that reads no scripts, such as mold.
    let is_usual = env::var_os("RUSTC_LINKER").is_none()
        && !env::var("CARGO_ENCODED_RUSTFLAGS").is_ok_and(|it| it.contains("link"));
    if is_usual && env::var("PROFILE")? == "release" && env::var("CARGO_CFG_TARGET_OS")? == "linux" {
        let script = Path::new(&env::var("OUT_DIR")?).join("without-unwinding.ld");
        fs::write(&script, WITHOUT_UNWINDING)?;
        println!("cargo::rustc-link-arg-bins=-Wl,--no-eh-frame-hdr");
        println!("cargo::rustc-link-arg-bins=-T");
        println!("cargo::rustc-link-arg-bins={}", script.display());
    }
    Ok(())
}
