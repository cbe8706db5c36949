# bash completion for awpsd(8)

_awpsd() {
  local cur prev words cword
  _init_completion || return
  case $prev in
    --config | --explain)
      _filedir
      return
      ;;
    --round-trip | --help | -h | --version)
      return
      ;;
  esac
  if [[ $cur == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "--help --config --check-config --print-config --explain
      --round-trip --full --json --version" -- "$cur")
  fi
}

complete -F _awpsd awpsd
