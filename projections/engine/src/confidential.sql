-- What only the safeguarding person may know of: no case and no centre is told that it is missing. What was parked before this was known
-- counts as everybody's until the next rebuild.
ALTER TABLE nabij.dead_letter ADD COLUMN confidential boolean NOT NULL DEFAULT false;
