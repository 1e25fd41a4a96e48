//! Whether the target is supported, and link options of the shared library that Cargo has no key for.

use std::path::Path;
use std::process::Command;
use std::{env, fs};

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let system = env::var("CARGO_CFG_TARGET_OS").unwrap_or_default();
    // Without this one sentence, the compiler would print hundreds of errors: src/sys has nothing for other systems.
    if !["linux", "android", "macos", "ios", "freebsd", "windows"].contains(&system.as_str()) {
        println!(
            "cargo::error=libudp runs on Linux, Android, macOS, iOS, FreeBSD and Windows, not on {system}"
        );
        return;
    }
    let link = |option: &str| println!("cargo:rustc-cdylib-link-arg=-Wl,{option}");
    match system.as_str() {
        "linux" | "freebsd" => {
            // The soname carries the ABI's number: it moves when, and only when, the header breaks.
            link("-soname,libudp.so.0");
            // Threads may wait inside the library, and a fork handler is registered: dlclose must not unmap it (ld(1)).
            link("-z,nodelete");
            // lwIP and others export udp_bind and udp_sendto too: calls inside the library stay inside (ld(1)). There is
            // no -Bsymbolic-functions in zig's linker, and no symbol that is not a function.
            link("-Bsymbolic");
            if system == "linux" {
                link_unwinder_statically();
            }
        }
        // What programs look for: without it, the path of the build.
        "macos" => link("-install_name,@rpath/libudp.dylib"),
        _ => {}
    }
}

/// Takes the unwinder, with which panics are contained, out of libgcc_eh.a: then no libgcc_s.so has to be found and loaded
/// with the library. The standard library asks for `-lgcc_s`; it gets a linker script of that name (ld(1), "INPUT"). A
/// linker without libgcc_eh.a, such as zig, has an unwinder of its own.
fn link_unwinder_statically() {
    println!("cargo:rerun-if-env-changed=RUSTC_LINKER");
    let linker = env::var("RUSTC_LINKER").unwrap_or_else(|_| "cc".to_owned());
    let output = Command::new(linker).arg("-print-file-name=libgcc_eh.a").output();
    let printed = output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    // A compiler prints the bare name of a file that it does not have.
    if printed.is_ok_and(|file| Path::new(&file).is_absolute()) {
        let folder = env::var("OUT_DIR").expect("cargo sets OUT_DIR");
        let script = Path::new(&folder).join("libgcc_s.so");
        fs::write(script, "INPUT(libgcc_eh.a libgcc.a)\n").expect("OUT_DIR is writable");
        println!("cargo:rustc-cdylib-link-arg=-L{folder}");
    }
}
