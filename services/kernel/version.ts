/** Of service and command line; a unit spec compares it with package.json. */
export const VERSION = '0.1.0';
