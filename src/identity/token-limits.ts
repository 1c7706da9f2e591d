/** Longer tokens are not looked at. Real ones with many groups stay below 10 KiB. */
export const maxTokenBytes = 16 * 1024;
