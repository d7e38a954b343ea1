/** The files that go out with the message. */
export function FileChips({ files, onRemove }: { files: File[]; onRemove: (file: File) => void }) {
	if (files.length === 0) return null;
	return (
		<ul className="file-chips">
			{files.map((file) => (
				<li key={`${file.name}${file.size}${file.lastModified}`}>
					📎 {file.name}
					<button type="button" aria-label={`Remove ${file.name}`} onClick={() => onRemove(file)}>
						✕
					</button>
				</li>
			))}
		</ul>
	);
}
