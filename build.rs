//! Link options of the shared library that Cargo has no key for.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    if std::env::var("CARGO_CFG_TARGET_OS").as_deref() == Ok("linux") {
        // The soname carries the ABI's number: it moves when, and only when, the header breaks.
        println!("cargo:rustc-cdylib-link-arg=-Wl,-soname,libudp.so.0");
        // Threads may wait inside the library, and a fork handler is registered: dlclose must not unmap it (ld(1)).
        println!("cargo:rustc-cdylib-link-arg=-Wl,-z,nodelete");
        // lwIP and others export udp_bind and udp_sendto too: calls inside the library stay inside (ld(1)).
        println!("cargo:rustc-cdylib-link-arg=-Wl,-Bsymbolic-functions");
    }
}
