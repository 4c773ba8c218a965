-- What version 4 adds: the share of the host of a known URL (`crawl::Share`). Nobody knows that of
-- what was done before.
ALTER TABLE seen ADD COLUMN share INTEGER;
