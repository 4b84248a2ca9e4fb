// SPDX-License-Identifier: Apache-2.0
// The settings of both clients, and their common checks.
declare const process: { env: Record<string, string> };

export const token = process.env.SERVICE_TOKEN;
export const url = process.env.SERVICE_URL;

export function equal(found: unknown, expected: unknown): void {
    const [a, b] = [JSON.stringify(found), JSON.stringify(expected)];
    if (a !== b) throw new Error(`${a} instead of ${b}`);
}

export function present<T>(value: T | null | undefined): T {
    if (value === undefined || value === null) throw new Error("there is no value");
    return value;
}

// The token of the next page.
export function skiptoken(nextLink: string): string {
    return present(new URL(nextLink).searchParams.get("$skiptoken"));
}
