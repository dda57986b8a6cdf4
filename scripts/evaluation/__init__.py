"""The accuracy judge: labels and rendered truth on one side, what formcheck wrote on the other, scores in between."""
