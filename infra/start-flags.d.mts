export const START_FLAGS: readonly string[];
