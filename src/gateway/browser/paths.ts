/** Of every host for browsers, and never of its service. */
export const callbackPath = '/.hoopx/callback';
export const logoutPath = '/.hoopx/logout';
