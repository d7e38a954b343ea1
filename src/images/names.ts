/** `bobbin-image-1a2b3c4d` */
export function toSnapshotName(imageId: string): string {
	return `bobbin-image-${imageId.slice(0, 8)}`;
}

/** `bobbin-build-1a2b3c4d` */
export function toBuilderName(imageId: string): string {
	return `bobbin-build-${imageId.slice(0, 8)}`;
}

/** The second sandbox of a build, in which the engine tries the image out. */
export function toVerifierName(builderName: string): string {
	return `${builderName}-verify`;
}
