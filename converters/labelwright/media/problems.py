"""What can be wrong with the files of examples, and what is changed on the way, each with a remedy."""

from __future__ import annotations

from labelwright.problems import ProblemType, Severity

MISSING = ProblemType(
    "media.missing",
    "A file that an item shows is nowhere to be found",
    "{uri!r} is in none of the places given: {places}",
    "Give the folder, bucket or tool that holds it with --media.",
)
AMBIGUOUS = ProblemType(
    "media.ambiguous",
    "Several files could be the one that an item shows",
    "{uri!r} could be {first!r} or {second!r}",
    "Give with --media the one folder that it is in, or name the file by its path from that folder.",
)
ELSEWHERE = ProblemType(
    "media.found-elsewhere",
    "A file was taken for its name though its folder is another than the item says",
    "{uri!r} is taken to be {name!r}, which lies in another folder",
    "See whether it is the image that was annotated; else give the folder that the item's path begins in.",
    Severity.WARNING,
)
TWIN = ProblemType(
    "media.one-file-for-two",
    "One file was taken for two addresses that may be two images",
    "{uri!r} and {twin!r} are both taken to be {name!r}, the only file of the name",
    "If they are two images, get both from the tool (--media label-studio) or name them apart.",
    Severity.WARNING,
)
OUTSIDE = ProblemType(
    "media.outside-folder",
    "An item names a file outside the media folder",
    "{uri!r} leads out of the folder given; it is not read",
    "Give the folder that holds the file with --media, and name it by its path from there.",
)
NOT_A_FILE = ProblemType(
    "media.not-a-file",
    "What an item shows is a folder or a device",
    "{uri!r} is no file",
    "Correct the item, or put the file where the folder is.",
)
UNREADABLE = ProblemType(
    "media.unreadable",
    "A file that an item shows cannot be read",
    "{uri!r} cannot be read: {reason}",
    "Correct the permissions, or have the storage looked at, and run again.",
)
NOT_ALLOWED = ProblemType(
    "media.address-not-allowed",
    "An item shows an address that may not be asked",
    "{uri!r} is not fetched: {reason}",
    "Allow web addresses with --media http or --media https://HOST, private networks with --allow-private.",
)
NOT_FETCHED = ProblemType(
    "media.not-fetched",
    "A web address gave no file",
    "{uri!r} gave no file: {reason}",
    "Open the address in a browser; if it needs a log-in, download the files and give their folder.",
)
EMPTY = ProblemType(
    "media.empty",
    "A file has no bytes",
    "{uri!r} has no bytes",
    "Get the file again; the copy was broken off.",
)
NOT_AN_IMAGE = ProblemType(
    "media.not-an-image",
    "A file is no image",
    "{uri!r} is {what}, not an image of a known type",
    "Get the file again: a server may have sent an error page in its place.",
)
NOT_A_RECORDING = ProblemType(
    "media.not-a-recording",
    "A file is no film or sound of a known type",
    "{uri!r} is {what}, not {kind}",
    "Convert it to MP4 or WebM, or to WAV, MP3, FLAC or Ogg.",
)
TRUNCATED = ProblemType(
    "media.truncated",
    "An image file is broken or cut off",
    "{uri!r} is not whole: {reason}",
    "Get the file again from where it was taken.",
)
ANIMATED = ProblemType(
    "media.animated",
    "An image file holds several frames",
    "{uri!r} is animated or has several pages; one example shows one image",
    "Take the frame that was labelled out of it, or label it as a film.",
)
TOO_MANY_PIXELS = ProblemType(
    "media.too-many-pixels",
    "An image has more pixels than are decoded or than the target takes",
    "{uri!r} has {width} x {height} pixels; at most {limit} {unit}",
    "Scale the image down, or pass --oversize resize where the target's limit says so.",
)
TOO_SMALL = ProblemType(
    "media.too-small",
    "An image has fewer pixels than the target takes",
    "{uri!r} has {width} x {height} pixels; each side needs {limit} at least",
    "Leave the image out, or choose a target that takes it.",
)
TOO_MANY_BYTES = ProblemType(
    "media.too-many-bytes",
    "A file has more bytes than are read or than the target takes",
    "{uri!r} has {size} bytes; at most {limit}",
    "Make the file smaller, or pass --oversize resize where it is an image.",
)
SIZE_DIFFERS = ProblemType(
    "media.size-differs",
    "What was drawn belongs to an image of another size",
    "annotators saw {shown} pixels, {uri!r} has {true}",
    "Give the images that were annotated: this one was replaced or scaled, and its boxes would be wrong.",
)
TYPE_REFUSED = ProblemType(
    "media.type-refused",
    "The target does not take files of this type",
    "{uri!r} is {type}; the target takes {types}",
    "Convert the file to a type that the target takes.",
)
CANNOT_EMBED = ProblemType(
    "media.cannot-embed",
    "A film or sound cannot be put into a row",
    "{uri!r} is {kind}; the target has images alone in its rows",
    "Choose a target that takes files or addresses.",
)
NO_LINK = ProblemType(
    "media.no-address",
    "A file has no address that the target can open",
    "{uri!r} is no address of: {schemes}",
    "Upload the files and say with --media-base at which address they begin.",
)
EXIF_LINKED = ProblemType(
    "media.orientation-kept",
    "A linked image is stored on its side and relies on its EXIF orientation",
    "{uri!r} is stored with EXIF orientation {turn}; shapes are those of the upright image",
    "Upload the image turned upright: a trainer that ignores EXIF would see the shapes elsewhere.",
    Severity.WARNING,
)
NAME_DIFFERS = ProblemType(
    "media.type-differs",
    "A file is of another type than its name says",
    "{uri!r} is {type}; the true type is written",
    "Nothing need be done; rename the file so that other programs read it too.",
    Severity.WARNING,
)
UPRIGHT = ProblemType(
    "media.turned-upright",
    "An image was turned upright as its EXIF orientation says",
    "{uri!r} had EXIF orientation {turn}; its pixels are stored upright now",
    "Nothing need be done: the shapes lie on the upright image.",
    Severity.NOTE,
)
CONVERTED = ProblemType(
    "media.mode-converted",
    "An image was converted to a colour mode that the target takes",
    "{uri!r} was {old} and is {new} now",
    "Nothing need be done; convert the images yourself if the colours matter to the last bit.",
    Severity.NOTE,
)
DEPTH = ProblemType(
    "media.depth-reduced",
    "An image of 16 bits a channel was written with 8",
    "{uri!r} has 16 bits a channel, of which 8 are written",
    "Choose a target that takes 16 bits, or scale the range that matters to 8 bits yourself.",
    Severity.WARNING,
    bound="1/255 of full scale",
)
FLATTENED = ProblemType(
    "media.alpha-flattened",
    "A transparent image was laid on white",
    "{uri!r} is transparent in places, which the target cannot hold; it is laid on white",
    "Lay the images on the background that annotators saw, or accept white.",
    loss=True,
)
REENCODED = ProblemType(
    "media.re-encoded",
    "An image was written as a type that the target takes",
    "{uri!r} was {old} and is {new} now",
    "Nothing need be done.",
    Severity.NOTE,
)
SCALED = ProblemType(
    "media.scaled",
    "An image was scaled down to the target's limit, its shapes with it",
    "{uri!r} was {old} and is {new} pixels now",
    "Check that small objects can still be seen, or choose a target with a higher limit.",
    Severity.NOTE,
    bound="masks: half a pixel of the scaled image; all other shapes are exact",
)
