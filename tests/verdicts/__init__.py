"""Constructors and the XSD must judge every document the same: drafts of documents for both."""
