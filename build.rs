//! Whether the target is supported, and link options of the shared library that Cargo has no key for.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let system = std::env::var("CARGO_CFG_TARGET_OS").unwrap_or_default();
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
        }
        // What programs look for: without it, the path of the build.
        "macos" => link("-install_name,@rpath/libudp.dylib"),
        _ => {}
    }
}
