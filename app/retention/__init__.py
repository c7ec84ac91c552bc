"""How long what is kept 留存, and what is done when somebody has to be forgotten 删除."""
