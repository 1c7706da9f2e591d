/** Tests run the built program; this makes it the one of these sources. */
export { build as setup } from './bootstrap.js';
