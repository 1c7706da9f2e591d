/**
 * How `hoopx exec` calls itself in SSH's greeting (RFC 4253, 4.2, without `SSH-2.0-`). It tells
 * its user itself what is held and refused, from the gateway's API: nothing of that belongs
 * between the command's own output.
 */
export const commandClientName = 'hoopx_exec';

/**
 * Behind the code of a refusal, the name of the `exit-signal` by which that client learns that
 * nothing ran: `DENIED_BY_RULE@hoopx` (RFC 4254, 6.10: names with `@` are everyone's own). An
 * exit status could be the command's.
 */
export const refusalSuffix = '@hoopx';
