/**
 * How `hoopx exec` calls itself in SSH's greeting (RFC 4253, 4.2, without `SSH-2.0-`). It tells
 * its user itself what is held and refused, from the gateway's API: nothing of that belongs
 * between the command's own output.
 */
export const commandClientName = 'hoopx_exec';
