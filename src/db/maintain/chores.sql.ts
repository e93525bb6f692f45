/** A row for each of the tasks $1, due at $2; those that have one keep it. */
export const REGISTER_CHORES = `
INSERT INTO chores (name, next_run_at) SELECT name, $2::timestamptz FROM unnest($1::text[]) AS given(name)
WHERE NOT EXISTS (SELECT FROM chores c WHERE c.name = given.name)
ON CONFLICT (name) DO NOTHING`

/**
 * The row of task $1 if it is due at $2 and no other replica holds it. No run puts the next one beyond $3: a row that says so was
 * written by a process whose clock was wrong, and would stop the task for good.
 */
export const TAKE_CHORE = `
SELECT FROM chores WHERE name = $1 AND (next_run_at <= $2::timestamptz OR next_run_at > $3::timestamptz)
FOR UPDATE SKIP LOCKED`

/** A piece of task $1 was done at $2. Its run has ended if $4 says so, and the next one begins at $3. */
export const CHORE_DONE = `
UPDATE chores SET failures = 0, last_error = NULL,
  next_run_at = CASE WHEN $4::boolean THEN $3::timestamptz ELSE next_run_at END,
  last_ok_at = CASE WHEN $4::boolean THEN $2::timestamptz ELSE last_ok_at END
WHERE name = $1`

/** Task $1 failed at $2 with $3. Where another replica has ended a run meanwhile, its word stands. */
export const PUT_OFF_CHORE = `
UPDATE chores SET failures = failures + 1, last_error = $3,
  next_run_at = $2::timestamptz + LEAST($5::float8, $4::float8 * 2 ^ LEAST(failures, 30)) * interval '1 ms'
WHERE name = $1 AND (next_run_at <= $2::timestamptz OR next_run_at > $2::timestamptz + interval '1 day 1 hour')`
