"""What the helper does by itself: finds lost work again, removes leftovers."""
