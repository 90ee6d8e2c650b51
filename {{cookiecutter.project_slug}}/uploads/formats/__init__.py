"""What is accepted, and what becomes of it.

In the order in which an upload meets them; without videos.py and the seven below it, videos
are stored as they were sent, without pdfs.py and pages.py, PDFs have no picture:

    types.py       every type: its extension, how it is recognised, what it is sent as
    accept.py      an upload is accepted or refused; what is no picture stays as it was sent
    decoding.py    what a picture may cost to decode, by its format
    admission.py   how many pictures are worked on at once; the others wait
    pictures.py    a picture is decoded and written anew
    animations.py  the same for moving ones
    pixels.py      what both do with pixels: turn, scale, colours
    encoding.py    how both are written, without metadata
    variants.py    which smaller and cropped versions there are of a picture, or posters of a video
    videos.py      a video or sound is checked and rewritten
    remuxing.py    how its streams are copied, in the process that does it
    containers.py  which kinds of files these are, and whether all of one is there
    streams.py     which of its streams are copied
    stripping.py   what is left out of these
    index.py       how large the index of an MP4 becomes, which stands in front
    frames.py      how a picture of it is found, in the same way
    refusals.py    why one is refused, in sentences for visitors
    pdfs.py        the first page of a PDF, to show it by; the PDF stays as it was sent
    pages.py       how it is drawn, in the process that does it
    apart.py       what needs large libraries has a process of its own for each file, with limits
    process.py     its other side
"""
