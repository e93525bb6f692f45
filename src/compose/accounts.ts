import { parseAccounts } from '../accounts.ts'
import { ConfigurationError, readTextFile, type Environment } from '../config.ts'
import type { Account } from '../providers/provider.ts'
import { providers } from '../providers/registry.ts'

/** The accounts file at that path, for the providers this build knows; throws ConfigurationError with every problem. */
export function readAccounts(
  path: string,
  { production, environment }: { production: boolean; environment: Environment },
): Account[] {
  return parseAccounts(readNamed(path), { providers, production, environment, readText: readTextFile })
}

function readNamed(path: string): string {
  try {
    return readTextFile(path)
  } catch {
    throw new ConfigurationError([`ACCOUNTS_FILE: ${path} cannot be read`])
  }
}
