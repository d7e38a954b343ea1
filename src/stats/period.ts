/** From `since`, up to but without `until`. */
export interface Period {
	since: Date;
	until: Date;
}
