/** Says for whom a reply in a session's thread is meant; the shape of the classifier's judge. */
export interface ReplyJudge {
	judge(said: {
		text: string;
		author: string;
		mentionsBot: boolean;
		beginsWithPerson: boolean;
		hasFiles: boolean;
		others: string[];
		thread: { author: string; fromBot: boolean; text: string }[];
		botAsked: boolean;
	}): Promise<{ addressed: boolean }>;
}
