"""The words of each page, as pairs of Chinese and English."""
