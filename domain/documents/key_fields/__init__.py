"""Key fields of a page of lines with boxes: by labels, by form and by place, as ready schemas say."""
