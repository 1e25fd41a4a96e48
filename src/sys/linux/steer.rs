//! Steering of datagrams to the sockets of one port, by a program of the classic packet filter. It needs no privilege
//! (socket(7), SO_ATTACH_REUSEPORT_CBPF).

use libc::{c_int, sock_filter};

use crate::error::Result;
use crate::sys::unix::{Descriptor, set_option};
use crate::types::Steering;

/// asm-generic/socket.h; the libc crate lacks it.
const SO_DETACH_REUSEPORT_BPF: c_int = 68;

/// linux/filter.h: where a load finds what is no part of the packet.
const SKF_AD_CPU: u32 = (-0x1000_i32 + 36) as u32;

/// An instruction of linux/filter.h.
fn instruction(code: u32, k: u32) -> sock_filter {
    sock_filter { code: code as u16, jt: 0, jf: 0, k }
}

fn detach(socket: &Descriptor) -> Result<()> {
    match set_option(socket, libc::SOL_SOCKET, SO_DETACH_REUSEPORT_BPF, &0) {
        // There was no program.
        Err(error) if error.os() == libc::ENOENT => Ok(()),
        done => done,
    }
}

/// Chooses the socket for each datagram that comes to the port that `socket` shares. The program's result is the socket's
/// number; if there is no such socket, the kernel chooses by its own hash (`reuseport_select_sock` in
/// net/core/sock_reuseport.c), and a load beyond the datagram's end gives 0. The payload begins at 0.
pub(crate) fn steer(socket: &Descriptor, steering: Steering, sockets: u32) -> Result<()> {
    let width = |length| match length {
        1 => libc::BPF_B,
        2 => libc::BPF_H,
        _ => libc::BPF_W,
    };
    let (size, at) = match steering {
        Steering::Hash => return detach(socket),
        Steering::Cpu => (libc::BPF_W, SKF_AD_CPU),
        Steering::Bytes { offset, length } => (width(length), offset),
    };
    let mut program = [
        instruction(libc::BPF_LD | size | libc::BPF_ABS, at),
        instruction(libc::BPF_ALU | libc::BPF_MOD | libc::BPF_K, sockets),
        instruction(libc::BPF_RET | libc::BPF_A, 0),
    ];
    let program = libc::sock_fprog { len: program.len() as u16, filter: program.as_mut_ptr() };
    set_option(socket, libc::SOL_SOCKET, libc::SO_ATTACH_REUSEPORT_CBPF, &program)
}
