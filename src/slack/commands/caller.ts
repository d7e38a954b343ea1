/** Whoever uses `/bobbin`, and where. */
export interface Caller {
	teamId: string;
	channelId: string;
	userId: string;
	personId: string;
}
