/** From `since`, up to but without `until`. */
export interface Period {
	since: Date;
	until: Date;
}

/** Of one workspace; left out: of all. */
export interface TeamPeriod extends Period {
	teamId?: string;
}
