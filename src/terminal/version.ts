/** The version of this program, as events and `--version` give it. A test holds it against package.json. */
export const version = '0.1.0';
