/* systemd: what a service manager is told and what it hands over: sd_notify(3) and sd_listen_fds(3) are a datagram and two
 * variables, so no library is asked (LIBRARIES 2.9). Neighbours: parent.c. */
#ifndef DAEMON_SYSTEMD_H
#define DAEMON_SYSTEMD_H

/* "READY=1", "STATUS=...", "WATCHDOG=1": nothing where nobody listens. */
void systemd_notify(const char *state);
/* The socket that was handed over, bound and listening; -1 where there is none. More than one: the first. Asked once: the
 * variables are taken out of the environment. */
int systemd_listening(void);
/* How often the manager wants to hear WATCHDOG=1, half of its patience; 0 where it does not. */
int systemd_watchdog_ms(void);
#endif
