export function failureLine(where: string, error?: unknown): string;
export function failureIn(line: string): string | undefined;
export function failureList(failures: readonly string[]): string[];
