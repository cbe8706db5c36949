# bash completion for awpsd(8)

_awpsd() {
  # shellcheck disable=SC2034 # _init_completion sets them
  local cur prev words cword split
  _init_completion -s || return
  case $prev in
    --config | --explain)
      _filedir
      return
      ;;
    --round-trip | --help | -h | --version)
      return
      ;;
  esac
  $split && return
  if [[ $cur == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "--help --config --check-config --print-config --explain
      --round-trip --full --json --version" -- "$cur")
  fi
}

complete -F _awpsd awpsd
