// The C side of one Swift target: see include/CPostgres.h.
