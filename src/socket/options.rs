//! Setting and reading the options of a socket.

use std::sync::atomic::Ordering::Relaxed;

use super::Socket;
use crate::error::{Code, Error, Result};
use crate::options::SocketOption;
use crate::sys;
use crate::types::Family;

impl Socket {
    /// Sets an option and returns its value now, which for buffer sizes may differ from the one asked for.
    pub fn set_option(&self, option: SocketOption, value: i32) -> Result<i32> {
        let row = option.row();
        let (name, low, high) = (row.name, row.range.start(), row.range.end());
        if row.range.is_empty() {
            return Err(Error::new(Code::Option, format_args!("{name} is read only")));
        }
        if !row.range.contains(&value) {
            return Err(Error::new(
                Code::Invalid,
                format_args!("{name} ranges from {low} to {high}, not {value}"),
            ));
        }
        let set = || sys::set(&self.descriptor, self.family(), option, value);
        match option {
            SocketOption::SendTimeout => self.send_timeout_ms.store(value, Relaxed),
            SocketOption::Spin => self.spin.set_most(value as u32),
            SocketOption::Ipv6Only => {
                self.check_has(option)?;
                set()?;
                self.dual.store(value == 0, Relaxed);
            }
            SocketOption::ReuseAddress | SocketOption::ReusePort => {
                // Linux accepts it, without effect on the bind that was.
                if self.bound_addr().is_some() && self.get_option(option)? != value {
                    return Err(Error::new(
                        Code::Invalid,
                        format_args!("the socket is already bound; set {name} before udp_bind"),
                    ));
                }
                set()?;
            }
            SocketOption::RecvTos | SocketOption::RecvTimestamp | SocketOption::RecvPktinfo => {
                if !sys::PACKET_INFO {
                    return Err(Code::Unsupported.into());
                }
                // Receives make room for the control messages first, so that none is cut off.
                self.wants_control.store(true, Relaxed);
                set()?;
            }
            SocketOption::RecvErrors => {
                // The queue is on before the first error can come, and off after the last.
                self.path_queue.enabled.store(true, Relaxed);
                let done = set();
                self.path_queue.enabled.store(value == 1 && done.is_ok(), Relaxed);
                // Whoever waits for an error finds out that none will come.
                self.error_waker.notify();
                done?;
            }
            // The system takes any number here (sock_bindtoindex in net/core/sock.c).
            SocketOption::BindInterface if value != 0 && !sys::interface_exists(value as u32) => {
                return Err(no_interface(Code::NoInterface.into(), value));
            }
            SocketOption::MulticastInterface => {
                set().map_err(|error| match error.code() {
                    // EADDRNOTAVAIL for IPv4, ENODEV for IPv6.
                    Code::NotLocal | Code::NoInterface => no_interface(error, value),
                    _ => error,
                })?;
                self.multicast_if_index.store(value, Relaxed);
            }
            _ => set()?,
        }
        self.get_option(option)
    }

    /// An option's value, in the unit in which it is set.
    pub fn get_option(&self, option: SocketOption) -> Result<i32> {
        match option {
            SocketOption::SendTimeout => Ok(self.send_timeout_ms.load(Relaxed)),
            SocketOption::Spin => Ok(self.spin.most() as i32),
            SocketOption::MulticastInterface => Ok(self.multicast_if_index.load(Relaxed)),
            _ => {
                self.check_has(option)?;
                sys::get(&self.descriptor, self.family(), option)
            }
        }
    }

    fn check_has(&self, option: SocketOption) -> Result<()> {
        if option == SocketOption::Ipv6Only && self.family() == Family::Ipv4 {
            return Err(Error::new(Code::Option, format_args!("UDP_OPT_IPV6_ONLY on an IPv4 socket")));
        }
        Ok(())
    }
}

fn no_interface(error: Error, if_index: i32) -> Error {
    let error = error.with_code(Code::NoInterface);
    error.with_context(format_args!("no interface has index {if_index}; udp_interfaces lists them"))
}
