# SPDX-License-Identifier: Apache-2.0
# zsh-offers.zsh FUNCTIONS LINE - what zsh offers for a line, as `<word>`s: an interactive zsh on a terminal of its own, whose
# compadd tells the words before it takes them
zmodload zsh/zpty
setup="PS1=; fpath=($1 \$fpath); autoload -U compinit; compinit -u -D
compadd() {
	local -a told option
	zparseopts -E -a option A:=option O:=option D:=option
	if [[ -z \${argv[(r)-[AOD]*]} ]]; then
		builtin compadd -O told \"\$@\"
		print -l -- \"<\${^told}>\"
	fi
	builtin compadd \"\$@\"
}
offer() { compstate[list]=; _main_complete; print '<'end'>'; compstate[insert]=; }
zle -C offer complete-word offer
bindkey '^I' offer
print '<'ready'>'"
zpty shell zsh -f -i
zpty -w shell "$setup"
zpty -r shell line '*<ready>*'
zpty -n -w shell "$2"$'\t'
zpty -r shell line '*<end>*'
print -r -- "$line" | grep -o '<[^<>]*>' | grep -v '<end>' | tr -d '<>'
zpty -d shell
