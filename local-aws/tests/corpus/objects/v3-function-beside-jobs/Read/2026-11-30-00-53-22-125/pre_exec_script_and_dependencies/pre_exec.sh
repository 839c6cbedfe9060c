set -e
echo "$SEASON" > note.txt
